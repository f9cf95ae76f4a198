// What is told the cluster: by a promotion, which leaves something for the first monitor; and all of it anew, once in a while.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t, {type Test} from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {procFacts} from '../../lib/drbd/proc.ts';
import {type DrbdCall, promoted, publish} from '../../lib/drbd/publish.ts';
import {cib, constraintFor, liftOf} from '../fake/captured.ts';
import {proc, type Stage, stage, TOGETHER} from '../fake/stage.ts';

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

t.test('the constraint of a failover that nobody lifted is lifted when all is told anew, and only then', async t => {
	const events = readFileSync(new URL('../fixture/drbd-8.4.11/bob/12-resolved/events2-now.txt', import.meta.url), 'utf8');
	const told = async (words: string, constraint: string, times = 1, before = ''): Promise<string[]> => {
		const made = stage(t);
		mkdirSync(join(made.root, 'run/twinpool'), {recursive: true});
		writeFileSync(join(made.root, 'proc/uptime'), '100.0 1.0\n');
		made.text('events', events);
		made.on('drbdsetupevents2', 'cat "$D/events"');
		made.text('cib.xml', cib({constraint}));
		made.on('cibadmin-Q', 'cat "$D/cib.xml"');
		for (const tool of ['cibadmin-D', 'crm_attribute--promotion', 'attrd_updater-n']) {
			made.on(tool, 'exit 0');
		}
		if (before) {
			made.drbd(proc(before));
			await publish(call, procFacts(proc(before), 'vmstore', [0]));
		}
		made.drbd(proc(words));
		for (let time = 0; time < times; time += 1) {
			await publish(call, procFacts(proc(words), 'vmstore', [0]));
		}
		return made.log().filter(line => line.startsWith('cibadmin'));
	};
	const lift = liftOf('alpha');
	t.same(await told(TOGETHER, constraintFor('alpha')), ['cibadmin -Q -l', lift]);
	t.same(await told(TOGETHER, ''), ['cibadmin -Q -l'], 'there is none');
	t.same(await told(TOGETHER, '', 3), ['cibadmin -Q -l'], 'asked once in five minutes');
	const syncing = 'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent';
	t.same(await told(TOGETHER, constraintFor('alpha'), 1, syncing), [], 'seen once');
	t.same(await told(TOGETHER, constraintFor('alpha'), 3, syncing), ['cibadmin -Q -l', lift], 'the resync is over');
	t.same(await told('cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate', constraintFor('bravo')), [], 'the other one is the Primary');
	t.same(await told('cs:Connected ro:Primary/Secondary ds:UpToDate/Inconsistent', constraintFor('alpha')), [], 'the other one is behind');
	t.same(await told(APART, constraintFor('alpha')), []);
});
