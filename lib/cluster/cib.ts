import type {Deadline} from '../deadline.ts';
import {type Argv, type Result, type RunOptions, run, ToolError} from '../run.ts';
import {child, type Element, parseXml} from './xml.ts';

/**
 * What the cluster knows of a node.
 * member: in the membership and its controller answers; joining: the same, but not yet taken in;
 * stopped: the machine is there and Pacemaker was stopped on it in good order;
 * fenced, down: gone, and the cluster knows for sure, by fencing or by an orderly shutdown;
 * lost: gone, and nobody knows how: it may still be writing; unknown: no word of it.
 */
export type Membership = 'member' | 'joining' | 'stopped' | 'fenced' | 'down' | 'lost' | 'unknown';

export interface ClusterNode {
	id: string;
	name: string;
	membership: Membership;
	/** The attributes that say so, as the CIB has them. */
	evidence: string;
	/** What Pacemaker last recorded of its resources; nothing after fencing. */
	status: Element | undefined;
}

/** One look at the cluster's configuration and status, as this node has it. */
export interface Cib {
	quorum: boolean;
	/** validate-with: which words this Pacemaker takes. */
	schema: string;
	nodes: ClusterNode[];
	configuration: Element;
}

export type CibFault = 'missing' | 'offline' | 'silent' | 'old' | 'nosuch' | 'exists' | 'quorum' | 'invalid' | 'failed';

/** The cluster's answer was no, or there was none. */
export class CibError extends Error {
	readonly fault: CibFault;
	constructor(fault: CibFault, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = 'CibError';
		this.fault = fault;
	}
}

/** Pacemaker's exit codes (crm_exit_t); Pacemaker 1.1 had errno-like ones above 200. */
const FAULTS: Record<number, [CibFault, string]> = {
	65: ['invalid', 'the CIB refuses it as invalid'],
	78: ['invalid', 'the CIB refuses it as invalid'],
	102: ['offline', 'no cluster is running on this host'],
	103: ['old', 'the CIB changed meanwhile'],
	105: ['nosuch', 'there is no such element'],
	106: ['quorum', 'this partition has no quorum'],
	108: ['exists', 'it exists already'],
	112: ['silent', 'the cluster gave no clear answer'],
	113: ['silent', 'the cluster is not ready for it'],
	114: ['silent', 'no designated controller is elected'],
	124: ['silent', 'the cluster gave no answer in time'],
};

/** One CIB call is never worth more than this: a hanging one is better asked again. */
const PATIENCE = 10_000;

/** What starts a command: `run`, or something around it that keeps a record. */
export type Runner = (argv: Argv, options: RunOptions) => Promise<Result>;

/** @throws {CibError} */
export async function cibadmin(args: readonly string[], deadline: Deadline, start: Runner = run): Promise<string> {
	try {
		const {exit, stdout, stderr} = await start(['cibadmin', ...args], {timeout: Math.max(1, Math.min(PATIENCE, deadline.left()))});
		if (exit === 0) {
			return stdout;
		}
		const [fault, says] = FAULTS[exit] ?? ['failed', stderr.trim().split('\n').at(-1) ?? ''];
		throw new CibError(fault, `cibadmin ${args[0]} ended with ${exit}: ${says}`);
	} catch (error) {
		if (error instanceof ToolError) {
			throw new CibError(error.fault === 'missing' ? 'missing' : 'silent', error.message, {cause: error});
		}
		throw error;
	}
}

/**
 * The CIB as this node has it: no round trip to the designated controller.
 * @throws {CibError}
 */
export async function readCib(deadline: Deadline, start: Runner = run): Promise<Cib> {
	const reading = cibadmin(['-Q', '-l'], deadline, start);
	// The parser is loaded while the command runs.
	const [text] = await Promise.all([reading, import('saxes')]);
	return parseCib(text);
}

/** How long a reading stands for questions of the same moment, in milliseconds. */
const MOMENT = 2000;

/** One reading for all who ask in the same moment. */
export function sharedCib(deadline: Deadline): () => Promise<Cib> {
	let last: {at: number; reading: Promise<Cib>} | undefined;
	return () => {
		if (!last || performance.now() - last.at > MOMENT) {
			last = {at: performance.now(), reading: readCib(deadline)};
		}
		return last.reading;
	};
}

/** @throws {CibError} when it is no CIB */
export async function parseCib(text: string): Promise<Cib> {
	const root = await parseXml(text).catch((error: unknown) => {
		throw new CibError('failed', `the CIB cannot be read: ${error instanceof Error ? error.message : String(error)}`);
	});
	const configuration = child(root, 'configuration');
	if (root.tag !== 'cib' || !configuration) {
		throw new CibError('failed', `the CIB cannot be read: it is a ${root.tag}`);
	}
	return {
		quorum: /^(1|true)$/u.test(root.at['have-quorum'] ?? ''),
		schema: root.at['validate-with'] ?? '',
		nodes: nodesOf(root),
		configuration,
	};
}

function nodesOf(root: Element): ClusterNode[] {
	const states = child(root, 'status')?.children.filter(({tag}) => tag === 'node_state') ?? [];
	const declared = child(root, 'configuration', 'nodes')?.children.filter(({tag}) => tag === 'node') ?? [];
	const names = new Map([...declared, ...states].map(({at}) => [at['id'] ?? '', at['uname'] ?? '']));
	return [...names].map(([id, name]) => {
		const status = states.find(({at}) => at['id'] === id);
		return {id, name, status, ...membership(status)};
	});
}

/** Yes, no, or not said: Pacemaker 2.1.7 and newer write the time since when instead of true and online, and 0 for no. */
const yes = (word: string | undefined): boolean | undefined =>
	word === undefined || word === '' ? undefined : /^(true|online|[1-9]\d*)$/u.test(word);

/** What a node_state says. */
export function membership(state: Element | undefined): {membership: Membership; evidence: string} {
	if (!state) {
		return {membership: 'unknown', evidence: 'the CIB has no state of it'};
	}
	const {in_ccm, crmd, join, expected} = state.at;
	const evidence = Object.entries({in_ccm, crmd, join, expected})
		.map(([name, value]) => `${name}=${value ?? ''}`)
		.join(' ');
	return {membership: classify({inside: yes(in_ccm), online: yes(crmd), join, expected}, state), evidence};
}

interface Words {
	inside: boolean | undefined;
	online: boolean | undefined;
	join: string | undefined;
	expected: string | undefined;
}

function classify({inside, online, join, expected}: Words, state: Element): Membership {
	if (inside === undefined || online === undefined) {
		return 'unknown';
	}
	if (inside && online) {
		return join === 'member' ? 'member' : 'joining';
	}
	if (inside) {
		return expected === 'down' ? 'stopped' : 'lost';
	}
	if (online || expected !== 'down' || join !== 'down') {
		return 'lost';
	}
	// Fencing wipes what was recorded of the node's resources; an orderly shutdown leaves it.
	return child(state, 'lrm') ? 'down' : 'fenced';
}

/** A node by its name; DRBD, the kernel and the cluster may spell the domain or not. */
export function nodeNamed(cib: Cib, name: string): ClusterNode | undefined {
	const short = (full: string): string => full.toLowerCase().split('.')[0] ?? '';
	const exact = cib.nodes.find(node => node.name === name);
	const alike = cib.nodes.filter(node => short(node.name) === short(name));
	return exact ?? (alike.length === 1 ? alike[0] : undefined);
}
