import type {Cib} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import type {Ahead} from '../fence/ahead.ts';
import {type Lifecycle, lastWord, type Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, run, ToolError} from '../run.ts';
import {glance} from './glance.ts';
import {look} from './look.ts';
import {recall} from './memory.ts';
import type {Facts} from './states.ts';

/** What the DRBD lifecycle asks of an agent's parameters. */
export interface DrbdParams {
	drbd_resource: string;
	drbdconf: string;
	/** Both DRBD's configuration and the cluster manager allow two Primaries. */
	twoPrimaries: boolean;
	/** Attach, but stay away from the peer. */
	withoutPeer: boolean;
	/** About to promote: what the cluster knows of the peer is asked after, as this node by its name there. */
	promoting: {me: string; cib(): Promise<Cib>} | undefined;
	/** Stop asking when DRBD still sees a Primary at the peer. */
	failEarly: boolean;
}

/** The verb as drbdadm has it: the binding is the identity. */
export const drbdadm = (
	{drbdconf, drbd_resource}: Pick<DrbdParams, 'drbdconf' | 'drbd_resource'>,
	...verb: [string, ...string[]]
): Argv => ['drbdadm', '-c', drbdconf, ...verb, drbd_resource];

/** One DRBD resource of this node, driven through drbdadm and seen through events2. */
export const drbd: Lifecycle<DrbdParams, Facts | undefined> = {
	goals: {
		start: {reach: ['Unpromoted', 'Attached'], by: ['adjust', 'secondary']},
		connect: {reach: ['Connected'], by: []},
		promote: {reach: ['Promoted'], by: ['disconnect', 'primary']},
		demote: {reach: ['Unpromoted'], by: ['secondary']},
		stop: {reach: ['Stopped'], by: ['secondary', 'down']},
	},
	async observe({drbd_resource, promoting}, deadline) {
		const facts = glance(drbd_resource) ?? (await look(drbd_resource, deadline));
		return facts && promoting ? {...facts, peerDown: await stillSeen(facts, promoting)} : facts;
	},
	async resolve(facts, {twoPrimaries}) {
		const {machine} = await import('./machine.ts');
		return {machine, value: facts ? {up: regions(facts)} : 'down', context: {twoPrimaries, peerDown: facts?.peerDown ?? false}};
	},
	act,
	refusal,
};

/**
 * Whether DRBD still sees a Primary that the cluster manager knows to be down: DRBD would notice by itself, within ping-int
 * (10 s), and the promotion need not wait for that.
 */
async function stillSeen({connection, peerRole}: Facts, {me, cib}: NonNullable<DrbdParams['promoting']>): Promise<boolean> {
	if (connection !== 'Connected' || peerRole !== 'Primary') {
		return false;
	}
	const {othersDown} = await import('../cluster/history.ts');
	return (await othersDown(me, cib())).down;
}

/** The state of the machine that the facts are. */
export const regions = ({role, disk, connection, peerRole, peerDisk}: Facts): Record<string, string> => ({
	role,
	disk,
	connection,
	'peer-role': peerRole,
	'peer-disk': peerDisk,
});

/** `disconnect` waits for the peer's consent unless it is forced; a dead one gives none. */
function extras(verb: string, {withoutPeer}: DrbdParams): string[] {
	if (verb === 'adjust' && withoutPeer) {
		return ['--skip-net'];
	}
	return verb === 'disconnect' ? ['--force'] : [];
}

/** Without the peer, the kernel asks fence-peer before it promotes: have the answer ready, where that is our handler on 8.4. */
async function answerAhead(
	{drbd_resource: resource, promoting}: DrbdParams,
	{connection, disk}: Facts,
	deadline: Deadline,
): Promise<Ahead | undefined> {
	const {asks, minors} = recall(resource) ?? {asks: false, minors: []};
	if (!(asks && promoting && connection !== 'Connected' && disk === 'UpToDate' && glance(resource))) {
		return undefined;
	}
	const {workOut} = await import('../fence/ahead.ts');
	const {othersDown} = await import('../cluster/history.ts');
	const cib = promoting.cib();
	// Also for the pool's start, which comes next and asks the same.
	await othersDown(promoting.me, cib);
	return workOut({resource, minors, me: promoting.me, cib, deadline});
}

/** Whatever goes wrong on the way is no reason against a promotion: the handler asks again, and its answer counts. */
const leftToHandler = (): undefined => undefined;

async function act(verb: string, params: DrbdParams, facts: Facts | undefined, deadline: Deadline): Promise<Outcome> {
	const argv = drbdadm(params, verb, ...extras(verb, params));
	const ahead = verb === 'primary' && facts ? await answerAhead(params, facts, deadline).catch(leftToHandler) : undefined;
	const release = verb === 'down' || verb === 'secondary';
	let result: Result;
	try {
		result = await run(argv, {timeout: release ? deadline.left() * SHARE : deadline.left()});
	} catch (error) {
		if (release && error instanceof ToolError) {
			return withoutDrbdadm(verb, params, facts, error.message, deadline);
		}
		throw error;
	} finally {
		await ahead?.(glance(params.drbd_resource)?.peerDisk === 'Outdated').catch(leftToHandler);
	}
	if (result.exit === 0) {
		return {done: true};
	}
	// Its "(No such file or directory)" is about modprobe, not about the configuration.
	if (/modprobe drbd/iu.test(result.stderr)) {
		return {
			refused: new OcfError(OCF.ERR_INSTALLED, 'the kernel module drbd cannot be loaded on this node: install it for the running kernel'),
		};
	}
	if (CONFIG.test(result.stderr)) {
		const reason = `drbdadm cannot use its configuration for ${params.drbd_resource}: ${result.stderr.trim().split('\n')[0]}`;
		return release ? withoutDrbdadm(verb, params, facts, reason, deadline) : {refused: new OcfError(OCF.ERR_INSTALLED, reason)};
	}
	// Exit codes of drbdsetup: 17 no UpToDate data or the peer could not be fenced, 11 any other refused change of state.
	if (verb === 'primary' && result.exit === 17) {
		return {
			refused: new OcfError(
				OCF.ERR_GENERIC,
				`${params.drbd_resource} was not promoted: no access to UpToDate data, or the peer could not be fenced (disk ${facts?.disk})`,
			),
		};
	}
	if (verb === 'primary' && params.failEarly && facts?.peerRole === 'Primary') {
		return {refused: primaryElsewhere(params)};
	}
	return {again: lastWord(result)};
}

/** What drbdadm says when the configuration cannot be read or does not know the resource (drbd-utils 9.22). */
const CONFIG =
	/not defined in your config|parse error|conflicting use|no resources defined|cannot open|can not open|no such file|expected .* but got|not mentioned/iu;

/** Of the time that is left, drbdadm may take so much of a stop: the rest is for drbdsetup, should drbdadm be of no use. */
const SHARE = 0.3;

/** A stop needs neither drbdadm nor its configuration: drbdsetup knows the kernel's state, and a failed stop is a fenced node. */
async function withoutDrbdadm(
	verb: string,
	{drbd_resource}: DrbdParams,
	facts: Facts | undefined,
	reason: string,
	deadline: Deadline,
): Promise<Outcome> {
	const minors = verb === 'secondary' ? (facts?.volumes.map(({minor}) => `${minor}`) ?? []) : [];
	let why = reason;
	// 8.4 demotes by minor, 9 by resource; one of them is right, and a wrong one changes nothing.
	for (const target of [drbd_resource, ...minors]) {
		const result = await run(['drbdsetup', verb, target], {timeout: deadline.left()});
		if (result.exit === 0) {
			return {done: true};
		}
		if (/held open/iu.test(result.stderr)) {
			why = lastWord(result);
		}
	}
	return {again: why};
}

const primaryElsewhere = ({drbd_resource}: DrbdParams): OcfError =>
	new OcfError(
		OCF.ERR_GENERIC,
		`${drbd_resource} is Primary on the peer: demote it there first, or allow two primaries in DRBD and promoted-max`,
	);

function refusal(goal: string, facts: Facts | undefined, params: DrbdParams): OcfError {
	const {drbd_resource: name} = params;
	if (!facts) {
		return new OcfError(OCF.NOT_RUNNING, `${name} is not configured in the kernel: start it before ${goal}`);
	}
	if (goal === 'promote' && facts.peerRole === 'Primary' && !params.twoPrimaries) {
		return primaryElsewhere(params);
	}
	if (goal === 'promote') {
		return new OcfError(
			OCF.ERR_GENERIC,
			`${name} has no UpToDate data to promote (disk ${facts.disk}, ${facts.connection}, peer ${facts.peerDisk}): wait for a resync or bring the better peer back`,
		);
	}
	return new OcfError(OCF.ERR_GENERIC, `${name}: no way to ${goal} from role ${facts.role}, disk ${facts.disk}, ${facts.connection}`);
}
