import {readFileSync} from 'node:fs';
import t from 'tap';
import {facts} from '../../lib/drbd/events2.ts';
import {majorVersion, procFacts} from '../../lib/drbd/proc.ts';
import {told} from '../../lib/fence/environment.ts';
import {options} from '../../lib/fence/options.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;
const text = (path: string): string => readFileSync(`${FIXTURES}${path}`, 'utf8');

/** What the captured handlers of a node were given, by event. */
function handlers(version: string, node: string, event: string): Record<string, string>[] {
	return text(`${version}/${node}/handlers.log`)
		.split(/^--- /mu)
		.filter(block => block.includes(`argv: ${event} `))
		.map(block =>
			Object.fromEntries(
				block
					.split('\n')
					.slice(1)
					.filter(Boolean)
					.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
			),
		);
}

t.test('the environment of 8.4, as captured', async t => {
	const [fence] = handlers('drbd-8.4.11', 'alice', 'fence-peer');
	t.match(told(fence ?? {}), {
		resource: 'vmstore',
		minors: [0, 1],
		disks: [],
		disk: undefined,
		conf: '/etc/drbd.conf',
		peer: 'bob',
		nodes: [],
		myId: undefined,
		peerId: undefined,
	});
	const after = handlers('drbd-8.4.11', 'bob', 'after-resync-target').map(env => told(env));
	t.match(after[0], {minors: [0], disks: ['/dev/vdc'], disk: '/dev/vdc', peer: 'alice'});
	t.match(after[1], {minors: [1], peer: 'alice'});
});

t.test('the environment of 9, as captured', async t => {
	const [fence] = handlers('drbd-9.2.8', 'alice', 'fence-peer');
	t.same(told(fence ?? {}), {
		resource: 'vmstore',
		minors: [0, 1],
		disks: ['/dev/vdc', '/dev/vdb'],
		disk: undefined,
		conf: '/etc/drbd.conf',
		peer: 'bob',
		myId: 0,
		peerId: 1,
		nodes: [
			{id: 0, name: 'alice', upToDate: true},
			{id: 1, name: 'bob', upToDate: false},
		],
	});
	t.match(told(handlers('drbd-9.2.8', 'bob', 'before-resync-target')[1] ?? {}), {disks: ['/dev/vdc', '/dev/vdb'], disk: '/dev/vdb'});
	const [unfence] = handlers('drbd-9.2.8', 'alice', 'unfence-peer');
	t.ok(told(unfence ?? {}).nodes.every(({upToDate}) => upToDate));
});

t.test('an environment of garbage', async t => {
	t.match(told({}), {resource: '', minors: [], peer: undefined, nodes: []});
	t.match(told({DRBD_MINOR: 'x 1 -2 3', DRBD_PEERS: ' a b ', DRBD_NODE_ID_1: '', DRBD_NODE_ID_x: 'y', UP_TO_DATE_NODES: '0xzz'}), {
		minors: [1, 3],
		peer: 'a',
		nodes: [],
	});
	t.equal(told({DRBD_NODE_ID_31: 'far', UP_TO_DATE_NODES: '0x80000000'}).nodes[0]?.upToDate, true, 'the last bit');
	t.equal(told({DRBD_RESOURCE: 'one'}, 'two').resource, 'two', '--resource wins');
});

t.test("8.4's /proc/drbd tells what events2 tells, in every captured phase", async t => {
	for (const node of ['alice', 'bob']) {
		for (const phase of [
			'01-alone',
			'02-both-inconsistent',
			'03-initial-sync',
			'04-primary-uptodate',
			'05-link-cut',
			'06-resync',
			'07-resynced',
			'08-standalone',
			'09-both-primary-apart',
			'12-resolved',
			'13-peer-diskless',
			'14-outdated',
		]) {
			const events = facts(text(`drbd-8.4.11/${node}/${phase}/events2-now.txt`), 'vmstore');
			const seen = procFacts(text(`drbd-8.4.11/${node}/${phase}/proc-drbd.txt`), 'vmstore', [0, 1]);
			const core = (of: typeof seen): unknown =>
				of && {
					role: of.role,
					peerRole: of.peerRole,
					connection: of.connection,
					disk: of.disk,
					peerDisk: of.peerDisk,
					volumes: of.volumes.map(({minor, disk, peerDisk, replication}) => ({minor, disk, peerDisk, replication})),
				};
			t.same(core(seen), core(events), `${node} ${phase}`);
		}
	}
	t.equal(procFacts(text('drbd-8.4.11/alice/00-down/proc-drbd.txt'), 'vmstore', [0, 1]), undefined, 'down');
	t.equal(
		procFacts(text('drbd-8.4.11/alice/04-primary-uptodate/proc-drbd.txt'), 'vmstore', [0, 9]),
		undefined,
		'a minor that is not there',
	);
	t.equal(procFacts(text('drbd-8.4.11/alice/04-primary-uptodate/proc-drbd.txt'), 'vmstore', []), undefined, 'no minors');
	t.equal(procFacts(text('drbd-9.2.8/alice/04-primary-uptodate/proc-drbd.txt'), 'vmstore', [0]), undefined, '9 tells nothing there');
});

t.test('a line of /proc/drbd with words from the future', async t => {
	const line = (words: string): ReturnType<typeof procFacts> => procFacts(`version: 8.4.99\n${words}\n`, 'r', [0]);
	t.match(line(' 0: cs:Teleporting ro:Chief/Chief ds:Splendid/Splendid C r-----'), {
		connection: 'StandAlone',
		role: 'Primary',
		peerRole: 'Primary',
		disk: 'Diskless',
		peerDisk: 'DUnknown',
	});
	t.match(line(' 0: cs:NetworkFailure ro:Primary/Unknown ds:UpToDate/DUnknown C s---F-'), {
		connection: 'NetworkFailure',
		suspended: 'fencing',
	});
	t.match(
		line(' 0: cs:StandAlone ro:Secondary/Unknown ds:Outdated/DUnknown   r-----'),
		{connection: 'StandAlone', disk: 'Outdated'},
		'no protocol letter',
	);
	t.equal(line(' 0: cs:Unconfigured'), undefined);
	t.match(
		procFacts(
			' 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n 1: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n',
			'r',
			[0, 1],
		),
		{connection: 'Connected', peerDisk: 'Inconsistent'},
	);
});

t.test("the module's version", async t => {
	t.equal(majorVersion(text('drbd-8.4.11/alice/00-down/proc-drbd.txt')), 8);
	t.equal(majorVersion(text('drbd-9.2.8/alice/04-primary-uptodate/proc-drbd.txt')), 9);
	t.equal(majorVersion(undefined), undefined);
});

t.test('options', async t => {
	t.match(options([]), {
		timeout: undefined,
		dcTimeout: 20,
		hickup: 0,
		attribute: '#uname',
		prefix: 'drbd-fence-by-handler',
		dryRun: false,
		notes: [],
	});
	t.match(options(['-t', '30', '--dc-timeout=5', '--net-hickup', '3', '-a', 'rack', '-r', 'r9', '--flock-required', '--flock-timeout=7']), {
		timeout: 30,
		dcTimeout: 5,
		hickup: 3,
		attribute: 'rack',
		resource: 'r9',
		lockRequired: true,
		lockTimeout: 7,
		notes: [],
	});
	t.match(options(['--timeout', '--dc-timeout=-5', '--timeout=1e9']), {timeout: undefined, dcTimeout: 20});
	t.doesNotThrow(() => options(['--', '-', '--=', '-x=$(reboot)', '\0', '--timeout=;rm -rf /']));
});
