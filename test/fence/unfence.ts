import {readFileSync} from 'node:fs';
import t from 'tap';
import {captured, cib, constraintFor, liftOf} from '../fake/captured.ts';
import {slowness} from '../fake/slowness.ts';
import {ENV_9, ENV_84, type Stage, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
const LOOK = 'drbdsetup events2 --now vmstore';
const captured84 = (phase = '12-resolved'): string =>
	readFileSync(new URL(`../fixture/drbd-8.4.11/bob/${phase}/events2-now.txt`, import.meta.url), 'utf8');
const LIFT = liftOf('bravo');
t.setTimeout(120_000);

function healthy(t: Parameters<typeof stage>[0], constraint = constraintFor('bravo')): Stage {
	const host = stage(t);
	host.text('events', captured84());
	host.on('drbdsetupevents2', 'cat "$D/events"');
	host.text('cib.xml', cib({constraint}));
	host.on('cibadmin-Q', 'cat "$D/cib.xml"');
	host.on('cibadmin-D', `exit ${captured('constraint-delete').exit}`);
	host.on('cibadmin-C', 'exit 0');
	host.on('cibadmin-R', 'exit 0');
	return host;
}
/** 8.4 calls it once a volume. */
const ENV = {...ENV_84, DRBD_MINOR: '0', DRBD_VOLUME: '0', DRBD_LL_DISK: '/dev/vdc'};

t.test('8.4, the end of the resync, on the side that it came from: every volume is UpToDate on both sides', async t => {
	const host = healthy(t);
	const {code, log, trace, identifier} = await host.run('unfence-peer', [], ENV);
	t.same({code, log}, {code: 0, log: [LOOK, READ, LOOK, LIFT]});
	t.equal(identifier, 'twinpool-unfence-peer');
	t.match(trace, {why: /is lifted/u, constraintAllows: ['bravo']});
});

t.test('no constraint: one read, no write', async t => {
	const host = healthy(t, '');
	t.same(await host.run('unfence-peer', [], ENV).then(({code, log}) => ({code, log})), {code: 0, log: [LOOK, READ]});
});

t.test('somebody is behind: nothing is asked and nothing lifted', async t => {
	for (const phase of [
		'02-both-inconsistent',
		'03-initial-sync',
		'05-link-cut',
		'08-standalone',
		'13-peer-diskless',
		'14-outdated',
		'00-down',
	]) {
		const host = healthy(t);
		host.text('events', captured84(phase));
		t.same(await host.run('unfence-peer', [], ENV).then(({code, log}) => ({code, log})), {code: 0, log: [LOOK]}, phase);
	}
	for (const [from, to] of [
		['volume:1 minor:1 disk:UpToDate', 'volume:1 minor:1 disk:Inconsistent'],
		['volume:1 replication:Established peer-disk:UpToDate', 'volume:1 replication:Established peer-disk:Splendid'],
		['connection:Connected', 'connection:Connecting'],
		['exists -', ''],
	] as const) {
		const host = healthy(t);
		t.ok(captured84().includes(from));
		host.text('events', captured84().replace(from, to));
		t.same(await host.run('unfence-peer', [], ENV).then(({log}) => log), [LOOK], `${to}: the event names volume 0 alone`);
	}
	const host = healthy(t);
	host.on('drbdsetupevents2', 'exit 10');
	t.same(await host.run('unfence-peer', [], ENV).then(({log}) => log), [LOOK], 'DRBD does not say');
});

t.test('the connection breaks before the constraint is lifted: it stays', async t => {
	const host = healthy(t);
	host.text('apart', captured84('05-link-cut'));
	host.on('drbdsetupevents2', 'cat "$D/apart"', 2);
	const {code, log, trace} = await host.run('unfence-peer', [], ENV);
	t.same({code, log}, {code: 0, log: [LOOK, READ, LOOK]});
	t.match(trace, {why: /stays/u});
});

t.test('what was written since it was looked at stays', async t => {
	const marked = (mark: string): string => constraintFor('bravo').replace('expr-vmstore-clone', `expr-vmstore-clone.${mark}`);
	const host = healthy(t, marked('first-1'));
	t.match(
		(await host.run('unfence-peer', [], ENV)).log.at(-1),
		/^cibadmin -D --xpath .* and @id='drbd-fence-by-handler-vmstore-expr-vmstore-clone.first-1'\]\]$/u,
	);
});

t.test('the node that was behind lifts nothing: it knows of the end before the source does', async t => {
	for (const role of ['Primary', 'Secondary']) {
		const host = healthy(t);
		host.text('events', captured84().replace('role:Primary', `role:${role}`));
		t.same(
			(await host.run('after-resync-target', [], ENV)).log.filter(line => line.startsWith('cibadmin')),
			[],
			role,
		);
	}
});

t.test('whose constraint it is', async t => {
	const host = healthy(t);
	t.same(
		await host.run('unfence-peer', ['--unfence-only-if-owner-match'], ENV).then(({code, log}) => ({code, log})),
		{code: 0, log: [LOOK, READ]},
		'it rejects this node',
	);
	const own = healthy(t, constraintFor('alpha', 0));
	t.same(await own.run('unfence-peer', ['--unfence-only-if-owner-match'], ENV).then(({code, log}) => ({code, log})), {
		code: 0,
		log: [LOOK, READ, LOOK, liftOf('alpha', 0)],
	});
});

t.test('an electing DC is waited for, a dead cluster not for ever', async t => {
	const host = healthy(t);
	host.on('cibadmin-Q', 'exit 102', 1);
	host.on('cibadmin-D', 'exit 114', 1);
	t.equal((await host.run('unfence-peer', [], ENV)).code, 0);
	host.on('cibadmin-D', 'exit 105');
	t.equal((await host.run('unfence-peer', [], ENV)).code, 0, 'gone already');
	host.on('cibadmin-D', 'exit 114');
	const {code, ms} = await host.run('unfence-peer', ['-d', '1'], ENV);
	t.equal(code, 1);
	t.ok(ms < 4000 * slowness(), `${Math.round(ms)} ms`);
});

t.test('DRBD 9 says itself who is up to date', async t => {
	const host = healthy(t);
	host.drbd('version: 9.2.8 (api:2/proto:86-122)\n');
	const all = {...ENV_9, DRBD_CSTATE: 'Connected', UP_TO_DATE_NODES: '0x00000003'};
	const lifted = await host.run('unfence-peer', [], all);
	t.equal(lifted.code, 0);
	t.ok(lifted.log.includes(LIFT));
	host.on('drbdsetupevents2', 'exit 1');
	t.match((await host.run('unfence-peer', [], all)).trace, {why: /stays/u}, 'what it said then may be over');
	const behind = await host.run('unfence-peer', [], ENV_9);
	t.equal(behind.log.filter(command => command === LIFT).length, 1, 'nobody else is: nothing more is lifted');
});

t.test('DRBD 9, three nodes: the one that is back may be promoted again', async t => {
	const host = healthy(t, constraintFor('alpha', 0));
	host.drbd('version: 9.2.8 (api:2/proto:86-122)\n');
	host.on('drbdsetupevents2', 'exit 1');
	const {code, log} = await host.run('unfence-peer', [], {...ENV_9, DRBD_NODE_ID_2: 'charlie', UP_TO_DATE_NODES: '0x00000003'});
	t.equal(code, 0);
	t.match(
		log.at(-1),
		/^cibadmin -R --xpath .*value="alpha" id="drbd-fence-by-handler-vmstore-expr-0-vmstore-clone".*value="bravo" id="drbd-fence-by-handler-vmstore-expr-1-vmstore-clone"/u,
	);
});
