import {type Answer, leave} from '../cluster/answer.ts';
import {tell, toldScore} from '../cluster/told.ts';
import type {Call} from '../ocf/agent.ts';
import {run} from '../run.ts';
import type {Wanted} from './config.ts';
import {lines, steady} from './glance.ts';
import {health} from './health.ts';
import {type Scale, type Score, score} from './score.ts';
import type {Facts} from './states.ts';

/** The values of the agent's parameters, as ocf:linbit:drbd names them. */
export interface DrbdValues extends Omit<Wanted, 'promotedMax'> {
	adjust_master_score: Scale;
	stop_outdates_secondary: boolean;
	wfc_timeout: number;
	remove_master_score_if_peer_primary: 'true' | 'false' | 'unexpected';
	fail_promote_early_if_peer_primary: boolean;
	unfence_if_all_uptodate: boolean;
	connect_only_after_promote: boolean;
}

export type DrbdCall = Call<DrbdValues>;

/** What the cluster's attributes are named after. */
export const instanceOf = ({env, params}: DrbdCall): string => env['OCF_RESOURCE_INSTANCE'] ?? params.drbd_resource;

/** Tell the cluster the promotion score and the state, where they changed. A failure is said, and fails nothing. */
export async function publish(call: DrbdCall, facts: Facts | undefined): Promise<void> {
	const {params, deadline} = call;
	const instance = instanceOf(call);
	let found: Score = facts ? score(facts, params.adjust_master_score, params.remove_master_score_if_peer_primary === 'true') : 'remove';
	if (facts?.peerRole === 'Primary' && params.remove_master_score_if_peer_primary === 'unexpected' && !(await expectsPrimary(call))) {
		found = 'remove';
	}
	const state = health(facts, false);
	const news = {
		score: numberOf(found, instance),
		attribute: `twinpool-drbd-${params.drbd_resource}`,
		state: state.state,
		answer: facts && !params.unfence_if_all_uptodate ? answerOf(facts) : undefined,
	};
	for (const problem of await tell(instance, news, deadline)) {
		call.log(problem);
	}
}

/** What monitor is to answer for as long as the kernel shows the same; nothing where progress is to be told. */
function answerOf(facts: Facts): Omit<Answer, 'seconds'> | undefined {
	const now = lines(facts);
	if (!(now && steady(now.seen) && health(now.seen, false).state === health(facts, false).state)) {
		return undefined;
	}
	const {code, reason} = health(now.seen, false);
	return {code, reason, resource: facts.name, lines: now.text};
}

/** Less than a monitor's interval, in seconds: the next one looks for itself and tells the cluster. */
const SOON = 10;

/** After a promotion the first monitor comes at once, on a busy host before the pool's start: what it would find is known. */
export function leaveAnswer(call: DrbdCall, facts: Facts | undefined): void {
	const answer = facts && !call.params.unfence_if_all_uptodate ? answerOf(facts) : undefined;
	if (answer) {
		leave(instanceOf(call), {...answer, seconds: SOON}, undefined);
	}
}

function numberOf(found: Score, instance: string): number | undefined {
	if (found === 'keep') {
		return toldScore(instance);
	}
	return found === 'remove' ? undefined : found;
}

/** Whether Pacemaker itself knows a promoted instance somewhere. */
async function expectsPrimary({env, deadline}: DrbdCall): Promise<boolean> {
	const name = (env['OCF_RESOURCE_INSTANCE'] ?? '').split(':')[0] ?? '';
	const {stdout} = await run(['crm_resource', '--resource', name, '--locate', '--output-as=xml'], {timeout: deadline.left() / 2});
	return /state="(Promoted|Master)"/u.test(stdout);
}
