// What a promotion tells the cluster, and what it leaves for the first monitor.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t, {type Test} from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {procFacts} from '../../lib/drbd/proc.ts';
import {type DrbdCall, promoted, publish} from '../../lib/drbd/publish.ts';
import {proc, type Stage, stage} from '../fake/stage.ts';

const APART = 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated';
const BEHIND = 'cs:Connected ro:Secondary/Primary ds:Inconsistent/UpToDate';
const SCORE = 'crm_attribute --promotion -l reboot -v';

const call: DrbdCall = {
	action: 'promote',
	params: {
		drbd_resource: 'vmstore',
		drbdconf: '/etc/drbd.conf',
		require_drbd_module_version_ge: '0',
		require_drbd_module_version_lt: '99',
		adjust_master_score: [5, 10, 1000, 10_000],
		stop_outdates_secondary: false,
		wfc_timeout: 0,
		remove_master_score_if_peer_primary: 'false',
		fail_promote_early_if_peer_primary: false,
		unfence_if_all_uptodate: false,
		connect_only_after_promote: false,
	},
	deadline: deadlineOf(60_000),
	env: {OCF_RESOURCE_INSTANCE: 'vmstore'},
	probe: false,
	log: () => undefined,
};

/** A node whose kernel went from `before`, which was told, to `after`. */
async function node(t: Test, before: string): Promise<{made: Stage; after(words: string): Promise<void>}> {
	const made = stage(t);
	mkdirSync(join(made.root, 'run/twinpool'), {recursive: true});
	writeFileSync(join(made.root, 'proc/uptime'), '100.0 1.0\n');
	made.on('crm_attribute--promotion', 'exit 0');
	made.on('attrd_updater-n', 'exit 0');
	const show = (words: string): ReturnType<typeof procFacts> => {
		made.drbd(proc(words));
		return procFacts(proc(words), 'vmstore', [0]);
	};
	await publish(call, show(before));
	return {made, after: words => promoted(call, show(words))};
}

t.test('promoted right after a resync: the score of a node behind is raised at once', async t => {
	const {made, after} = await node(t, BEHIND);
	t.ok(made.log().includes(`${SCORE} 10`));
	await after(APART);
	t.equal(
		made
			.log()
			.filter(line => line.startsWith(SCORE))
			.at(-1),
		`${SCORE} 10000`,
		'else the service would follow the peer back',
	);
});

t.test('a score that is told costs nothing, and the first monitor is answered', async t => {
	const {made, after} = await node(t, 'cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate');
	const before = made.log().length;
	await after(APART);
	t.equal(made.log().length, before, 'no program is started');
	t.ok(existsSync(join(made.root, 'run/twinpool/answer-vmstore')));
});
