import {forget} from '../cluster/told.ts';
import {lastWord} from '../lifecycle.ts';
import type {Handler} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {run, ToolError} from '../run.ts';
import {checkConfig} from './config.ts';
import {glance} from './glance.ts';
import {go, promotedMax} from './go.ts';
import {health} from './health.ts';
import {drbdadm} from './index.ts';
import {look, moduleLoaded} from './look.ts';
import {correct, forgetAbout, learned, remember} from './memory.ts';
import {type DrbdCall, type DrbdValues, instanceOf, promoted, publish} from './publish.ts';
import {settled} from './settled.ts';
import type {Facts} from './states.ts';

const start: Handler<DrbdValues> = async call => {
	const {params, deadline} = call;
	remember(params.drbd_resource, learned(await checkConfig({...params, promotedMax: promotedMax(call)}, deadline)));
	if (!(await look(params.drbd_resource, deadline))) {
		// A backing device that was enlarged while DRBD was down keeps its metadata at the old end until this looks for it.
		await run(drbdadm(params, 'check-resize'), {timeout: deadline.left()});
	}
	let facts = await go(call, 'start');
	if (params.wfc_timeout > 0 && !params.connect_only_after_promote) {
		facts = (await connected(call, params.wfc_timeout * 1000)) ?? facts;
	}
	forget(instanceOf(call));
	await publish(call, facts?.connection === 'Connected' ? await settled(call, facts) : facts);
	return OCF.SUCCESS;
};

/** Wait for the peer as long as wfc_timeout says; a peer that does not come is no failure. */
async function connected(call: DrbdCall, patience: number): Promise<Facts | undefined> {
	try {
		return await go(call, 'connect', call.deadline.within(patience));
	} catch (error) {
		if (error instanceof OcfError || (error instanceof ToolError && error.fault === 'timeout')) {
			call.log(error.message);
			return look(call.params.drbd_resource, call.deadline);
		}
		throw error;
	}
}

const promote: Handler<DrbdValues> = async call => {
	const facts = await go(call, 'promote');
	if (facts?.connection === 'StandAlone') {
		await reconnect(call);
	}
	if (promotedMax(call) > 1) {
		await refusePool(call);
	}
	if (call.params.connect_only_after_promote) {
		await run(drbdadm(call.params, 'adjust'), {timeout: call.deadline.left()});
	}
	await promoted(call, glance(call.params.drbd_resource) ?? facts);
	return OCF.SUCCESS;
};

/** Nobody listens for the peer's return after its connection was given up, or was lost for good. The promotion stands either way. */
async function reconnect({params, deadline, log}: DrbdCall): Promise<void> {
	const why = await run(drbdadm(params, 'connect'), {timeout: deadline.left()}).then(
		result => (result.exit === 0 ? undefined : lastWord(result)),
		(error: Error) => error.message,
	);
	if (why !== undefined) {
		log(`${why}: run drbdadm adjust ${params.drbd_resource} when the peer is back`);
	}
}

/** A pool on a device that two nodes may write is a pool imported twice, sooner or later. */
async function refusePool(call: DrbdCall): Promise<void> {
	const {carriesZfs} = await import('./signature.ts');
	const facts = await look(call.params.drbd_resource, call.deadline);
	const found = facts?.volumes.find(({minor}) => carriesZfs(`/dev/drbd${minor}`));
	if (found) {
		await go(call, 'demote');
		throw new OcfError(
			OCF.ERR_CONFIGURED,
			`${call.params.drbd_resource} has a ZFS pool on /dev/drbd${found.minor} and promoted-max is 2: ZFS takes one writer only, set promoted-max=1`,
		);
	}
}

const demote: Handler<DrbdValues> = async call => {
	await go(call, 'demote').catch(error => heldBy(call, error));
	return OCF.SUCCESS;
};

const stop: Handler<DrbdValues> = async call => {
	const {params, deadline} = call;
	if (moduleLoaded()) {
		const facts = await look(params.drbd_resource, deadline.within(deadline.left() / 2)).catch(error => blindly(call, error));
		if (params.stop_outdates_secondary && facts?.role === 'Secondary' && facts.peerRole === 'Primary') {
			await run(drbdadm(params, 'outdate'), {timeout: deadline.left()});
		}
		if (facts) {
			await go(call, 'stop').catch(error => heldBy(call, error));
		}
	}
	forget(instanceOf(call));
	forgetAbout(params.drbd_resource);
	const {promotionScore} = await import('../cluster/attributes.ts');
	const problem = await promotionScore(undefined, deadline);
	if (problem) {
		call.log(problem);
	}
	return OCF.SUCCESS;
};

/** Where nothing can be seen, the kernel may still do as it is told, and refuses while the device is in use: no reason to shoot the node. */
async function blindly({params, deadline, log}: DrbdCall, error: unknown): Promise<undefined> {
	const {exit} = await run(['drbdsetup', 'down', params.drbd_resource], {timeout: deadline.left()}).catch(() => ({exit: undefined}));
	if (exit !== 0) {
		throw error;
	}
	log(`${params.drbd_resource} was taken down unseen: ${error instanceof Error ? error.message : String(error)}`);
}

/** A demote that ran out of time says who holds the device. */
async function heldBy(call: DrbdCall, error: unknown): Promise<never> {
	if (error instanceof OcfError && /held open/iu.test(error.message)) {
		const {openers} = await import('./openers.ts');
		const facts = await look(call.params.drbd_resource, call.deadline).catch(() => undefined);
		const who = openers(facts?.volumes.map(({minor}) => minor) ?? []);
		throw new OcfError(error.code, `${call.params.drbd_resource} stays Primary, held open by ${who}`);
	}
	throw error;
}

const monitor: Handler<DrbdValues> = async call => {
	const {drbd_resource: resource} = call.params;
	const first = await look(resource, call.deadline);
	if (first && !call.probe) {
		correct(first);
	}
	const facts = call.probe ? first : await settled(call, first);
	// Not the degraded codes: Pacemaker 2.1.5 takes 190 for success, but a monitor that answered so last is never confirmed as
	// cancelled, and the failover that cancels it waits for 120 s (seen in the lab, twice). The node attribute says what is amiss.
	const {code, reason} = health(facts, false);
	if (!call.probe || facts) {
		await publish(call, facts);
	}
	if (reason) {
		process.stderr.write(`ocf-exit-reason:${reason}\n`);
	}
	if (call.params.unfence_if_all_uptodate && facts?.role === 'Primary' && code === OCF.RUNNING_PROMOTED) {
		await run(drbdadm(call.params, 'unfence-peer'), {timeout: call.deadline.left()});
	}
	return code;
};

/** Notifications are welcome and not needed: after one the score may be another, before one there is nothing to do. */
const notify: Handler<DrbdValues> = async call => {
	if (call.env['OCF_RESKEY_CRM_meta_notify_type'] === 'post') {
		await publish(call, await look(call.params.drbd_resource, call.deadline));
	}
	return OCF.SUCCESS;
};

const reload: Handler<DrbdValues> = async call => {
	const result = await run(drbdadm(call.params, 'adjust'), {timeout: call.deadline.left()});
	if (result.exit !== 0) {
		throw new OcfError(OCF.ERR_GENERIC, lastWord(result));
	}
	remember(call.params.drbd_resource, learned(await checkConfig({...call.params, promotedMax: promotedMax(call)}, call.deadline)));
	return OCF.SUCCESS;
};

const validate: Handler<DrbdValues> = async call => {
	await checkConfig({...call.params, promotedMax: promotedMax(call)}, call.deadline);
	const {warnings} = await import('./advice.ts');
	for (const warning of await warnings(call.params.drbd_resource, call.params.drbdconf, call.deadline)) {
		call.log(`warning: ${warning}`);
	}
	return OCF.SUCCESS;
};

export const perform: Record<string, Handler<DrbdValues>> = {
	start,
	promote,
	demote,
	stop,
	monitor,
	notify,
	reload,
	'validate-all': validate,
};
