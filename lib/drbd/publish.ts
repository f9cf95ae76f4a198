import {type Answer, leave} from '../cluster/answer.ts';
import {tell, toldScore} from '../cluster/told.ts';
import type {Call} from '../ocf/agent.ts';
import {run} from '../run.ts';
import {settleAlarms} from './alarms.ts';
import type {Wanted} from './config.ts';
import {shown, steady} from './glance.ts';
import {health} from './health.ts';
import {type Scale, type Score, score} from './score.ts';
import {attributeOf, type Facts} from './states.ts';

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
	const {state} = health(facts, false);
	const news = {
		score: await scoreOf(call, facts),
		attribute: attributeOf(params.drbd_resource),
		state,
		answer: facts && (await answerOf(call, facts)),
	};
	const {problems, told} = await tell(instanceOf(call), news, deadline);
	problems.forEach(call.log);
	await settleAlarms(call, facts);
	if (told && facts && inStep(facts)) {
		const {leftOver} = await import('../fence/leftover.ts');
		const minors = facts.volumes.map(({minor}) => minor);
		const lifted = await leftOver(params.drbd_resource, minors, deadline).catch((error: Error) => error.message);
		if (lifted !== undefined) {
			call.log(lifted);
		}
	}
}

/** The Primary's word that nobody is behind. */
const inStep = ({role, connection, volumes}: Facts): boolean =>
	role === 'Primary' && connection === 'Connected' && volumes.every(({disk, peerDisk}) => disk === 'UpToDate' && peerDisk === 'UpToDate');

async function scoreOf(call: DrbdCall, facts: Facts | undefined): Promise<number | undefined> {
	const {adjust_master_score: scale, remove_master_score_if_peer_primary: remove} = call.params;
	const found: Score = facts ? score(facts, scale, remove === 'true') : 'remove';
	if (found === 'keep') {
		return toldScore(instanceOf(call));
	}
	const unexpected = facts?.peerRole === 'Primary' && remove === 'unexpected' && !(await expectsPrimary(call));
	return found === 'remove' || unexpected ? undefined : found;
}

/**
 * After a promotion the score is told at once where it is still that of a node behind: the peer comes back with a better one, and
 * the service would go to it. Else nothing but the first monitor's answer, which comes before the pool's start on a busy host.
 */
export async function promoted(call: DrbdCall, facts: Facts | undefined): Promise<void> {
	if ((await scoreOf(call, facts)) !== toldScore(instanceOf(call))) {
		await publish(call, facts);
	} else if (facts) {
		const answer = await answerOf(call, facts);
		if (answer) {
			leave(instanceOf(call), {...answer, seconds: SOON}, undefined);
		}
	}
}

/** Less than a monitor's interval, in seconds: the next one looks for itself and tells the cluster. */
const SOON = 10;

/** What monitor is to answer for as long as the kernel shows the same; nothing where progress is to be told. */
async function answerOf({params, deadline}: DrbdCall, facts: Facts): Promise<Omit<Answer, 'seconds'> | undefined> {
	const now = params.unfence_if_all_uptodate || !steady(facts) ? undefined : await shown(facts, deadline).catch(() => undefined);
	const {code, reason, state} = health(now?.seen, false);
	const same = now && steady(now.seen) && state === health(facts, false).state;
	return same ? {code, reason, resource: facts.name, source: now.source, lines: now.lines} : undefined;
}

/** Whether Pacemaker itself knows a promoted instance somewhere. */
async function expectsPrimary({env, deadline}: DrbdCall): Promise<boolean> {
	const name = (env['OCF_RESOURCE_INSTANCE'] ?? '').split(':')[0] ?? '';
	const {stdout} = await run(['crm_resource', '--resource', name, '--locate', '--output-as=xml'], {timeout: deadline.left() / 2});
	return /state="(Promoted|Master)"/u.test(stdout);
}
