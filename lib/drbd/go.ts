import {sharedCib} from '../cluster/cib.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {type DrbdParams, drbd} from './index.ts';
import type {DrbdCall} from './publish.ts';
import type {Facts} from './states.ts';

/** How many may be promoted at once, by either spelling of Pacemaker's. */
export const promotedMax = ({env}: DrbdCall): number =>
	Number(env['OCF_RESKEY_CRM_meta_promoted_max'] ?? env['OCF_RESKEY_CRM_meta_master_max'] ?? 1) || 1;

const paramsOf = (call: DrbdCall): DrbdParams => ({
	promoting:
		call.action === 'promote'
			? {
					me: call.env['OCF_RESKEY_CRM_meta_on_node'] || (read('/proc/sys/kernel/hostname') ?? '').trim(),
					cib: sharedCib(call.deadline),
				}
			: undefined,
	drbd_resource: call.params.drbd_resource,
	drbdconf: call.params.drbdconf,
	// checkConfig has refused the start where DRBD's own configuration does not agree.
	twoPrimaries: promotedMax(call) > 1,
	withoutPeer: call.params.connect_only_after_promote && call.action !== 'promote',
	failEarly: call.params.fail_promote_early_if_peer_primary,
});

/** The planner and its machine are imported where something is to be done, never for a healthy monitor. */
export async function go(call: DrbdCall, goal: string, deadline: Deadline = call.deadline): Promise<Facts | undefined> {
	const {reach} = await import('../reach.ts');
	return reach(drbd, goal, paramsOf(call), deadline, sentence => call.log(sentence));
}
