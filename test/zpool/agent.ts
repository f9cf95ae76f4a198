import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {AGENT, capture, host, IMPORT, kstat} from '../fake/zpool-host.ts';

t.test('a life: probe, start, monitor, stop', async t => {
	const here = host(t.testdir());
	const codes: string[] = [];
	for (const action of ['monitor', 'stop', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor', 'validate-all']) {
		const {code, reason} = await here.act(action);
		codes.push(`${action} ${code}`);
		t.same(reason, [], `${action} needs no excuse`);
	}
	t.equal(codes.join(', '), 'monitor 7, stop 0, start 0, start 0, monitor 0, stop 0, stop 0, monitor 7, validate-all 0');
	t.same(
		here.calls(),
		['zpool import -d /dev/drbd0 -o cachefile=none tank', 'zpool export tank'],
		'one process a start, one a stop, none a monitor',
	);
	t.equal(readFileSync(`${here.root}/var/lib/twinpool/pool-tank.json`, 'utf8'), '{"devices":["/dev/drbd0"]}\n');
});

t.test('what monitor says to each word of the kernel', async t => {
	const here = host(t.testdir());
	const table: [word: string, code: number, degraded: number, reason: RegExp | undefined][] = [
		['ONLINE', 0, 0, undefined],
		['DEGRADED', 0, 190, undefined],
		['FAULTED', 1, 1, /tank is imported and FAULTED/u],
		['UNAVAIL', 1, 1, /tank is imported and UNAVAIL/u],
		['SUSPENDED', 1, 1, /only fencing or a reboot frees it/u],
		['OFFLINE', 1, 1, /OFFLINE and stays so/u],
		['', 1, 1, /in no state and stays so/u],
		['SPLENDID', 1, 1, /SPLENDID, which is no state that we know/u],
	];
	for (const [word, code, degraded, reason] of table) {
		kstat(here, word);
		const [plain, report] = await Promise.all([
			here.act('monitor'),
			here.act('monitor', {OCF_RESKEY_degraded: 'true', OCF_RESKEY_CRM_meta_interval: '5000'}),
		]);
		t.same([plain.code, report.code], [code, degraded], word);
		t.same([plain.reason.length, report.reason.length], reason ? [1, 1] : [0, 0], word);
		t.match(plain.reason[0] ?? '', reason ?? '', word);
	}
	t.same(here.calls(), [], 'and never a command');
});

t.test('a word that passes is no failure', async t => {
	const here = host(t.testdir());
	kstat(here, 'TRANSITIONING');
	const [{code}] = await Promise.all([here.act('monitor'), sleep(400).then(() => kstat(here, 'ONLINE'))]);
	t.equal(code, 0);
});

t.test('a pool of another host', async t => {
	const cib = (state: string): string =>
		`cat <<'X'\n<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.9" have-quorum="1" dc-uuid="2"><configuration><crm_config/><nodes><node id="1" uname="alpha"/><node id="2" uname="bravo"/></nodes><resources/><constraints/></configuration><status>${state}<node_state id="2" uname="bravo" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>\nX`;
	const fenced = '<node_state id="1" uname="alpha" in_ccm="false" crmd="offline" join="down" expected="down"/>';
	const member = (more = ''): string =>
		`<node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member">${more}</node_state>`;
	const probed =
		'<lrm id="1"><lrm_resources><lrm_resource id="pool" type="zpool" class="ocf" provider="twinpool"><lrm_rsc_op id="p" operation="monitor" call-id="7" rc-code="7" op-status="0" interval="0"/></lrm_resource></lrm_resources></lrm>';
	const cases: [string, string, Record<string, string>, number, string][] = [
		['fenced', cib(fenced), {}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		['back, and probed without it', cib(member(probed)), {}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		[
			'a member',
			cib(member()),
			{},
			1,
			'tank was last used by alpha, which is not known to be down: export it there or fence it; alpha is a member of the cluster',
		],
		[
			'no cluster',
			'exit 102',
			{},
			1,
			'tank was last used by alpha, which is not known to be down: export it there or fence it; nothing is known of alpha',
		],
		['no cluster, forced', 'exit 102', {OCF_RESKEY_importforce: 'yes'}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		['fenced, never forced', cib(fenced), {OCF_RESKEY_importforce: 'no'}, 1, 'tank was not exported by alpha and importforce is false'],
	];
	for (const [what, answer, env, code, says] of cases) {
		const here = host(t.testdir(), 'bravo', 2);
		here.tool('cibadmin', answer);
		const result = await here.act('start', env);
		t.equal(result.code, code, `${what}: ${result.stderr}`);
		t.match(code === 0 ? here.calls().at(-1) : result.reason[0], says, what);
		t.equal(result.reason.length, code === 0 ? 0 : 1);
		t.equal(here.calls().filter(call => call.startsWith('zpool')).length, code === 0 ? 1 : 0);
	}
});

t.test('what the real zpool says to an import', async t => {
	const table: [name: string, code: number, says: string][] = [
		['import-other-host', 1, "cannot import 'far': pool was previously in use from another system. Last accessed by alpha"],
		['import-multihost-active-force', 1, "cannot import 'busy': pool is imported on host 'alpha' (hostid=1)"],
		['import-multihost-no-hostid', 1, "Cannot import 'far': pool has the multihost property on and the system's hostid is not set"],
		['import-no-such-pool', 1, "zpool import ended with 1: cannot import 'nothere': no such pool available"],
	];
	for (const [name, code, says] of table) {
		const here = host(t.testdir());
		const {stderr, exit} = capture(name);
		here.tool('zpool', `cat >&2 <<'X'\n${stderr}X\nexit ${exit}`);
		const result = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '4000'});
		t.equal(result.code, code, name);
		t.match(result.reason[0], says, name);
		t.ok(result.ms < 3600, 'before the manager loses its patience');
	}
	const here = host(t.testdir());
	here.tool('zpool', `mkdir -p $KSTAT; echo ONLINE >$KSTAT/state; echo "${capture('import-already').stderr}" >&2; exit 1`);
	t.equal((await here.act('start')).code, 0, 'somebody else was faster');
});

t.test('a disk that is below DRBD is never imported', async t => {
	const here = host(t.testdir());
	here.put('/proc/partitions', ' 252 16 2097152 vdb\n');
	const {code, reason} = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '2000'});
	t.equal(code, 1);
	t.match(reason[0], '/dev/vdb carries tank, but below /dev/drbd0');
	t.same(here.calls(), []);
	here.put('/sys/class/block/drbd0/ro', '1\n');
	const secondary = await here.act('start', {OCF_RESKEY_importargs: '-d /dev/drbd0', OCF_RESKEY_CRM_meta_timeout: '2000'});
	t.match(secondary.reason[0], '/dev/drbd0 is read-only');
});

t.test('two at once', async t => {
	const here = host(t.testdir());
	here.tool(
		'zpool',
		`[ -d $KSTAT ] && { echo "${capture('import-already').stderr}" >&2; exit 1; }; mkdir -p $KSTAT; echo OFFLINE >$KSTAT/state; sleep 0.5; echo ONLINE >$KSTAT/state`,
	);
	const both = await Promise.all([here.act('start'), here.act('start')]);
	t.same(
		both.map(({code}) => code),
		[0, 0],
	);
	here.tool('zpool', `${IMPORT} 2>/dev/null`);
	const stops = await Promise.all([here.act('stop'), here.act('stop')]);
	t.same(
		stops.map(({code}) => code),
		[0, 0],
	);
});

t.test('late zvols are waited for, kicked, and said', async t => {
	const here = host(t.testdir());
	kstat(here, 'ONLINE');
	here.put('/sys/block/zd0/dev', '230:0\n');
	here.put(
		'/proc/spl/kstat/zfs/tank/objset-0x36',
		'24 1 0x01 7 2160 1 2\nname                            type data\ndataset_name                    7    tank\nwrites                          4    0\n',
	);
	here.put(
		'/proc/spl/kstat/zfs/tank/objset-0x4f',
		'24 1 0x01 7 2160 1 2\nname                            type data\ndataset_name                    7    tank/vol\n',
	);
	here.put('/proc/self/mountinfo', '36 1 0:40 / /tank rw - zfs tank rw\n');
	here.tool('udevadm', 'mkdir -p $ROOT/dev/zvol/tank; : >$ROOT/dev/zvol/tank/vol');
	const kicked = await here.act('start', {OCF_RESKEY_zvol_wait: '2'});
	t.equal(kicked.code, 0);
	t.same(here.calls(), ['udevadm trigger --action=change --subsystem-match=block --sysname-match=zd*']);
	t.notMatch(kicked.stderr, 'without a node');
	here.put('/proc/spl/kstat/zfs/tank/objset-0x57', 'dataset_name                    7    tank/late\n');
	here.tool('udevadm', ':');
	const late = await here.act('start', {OCF_RESKEY_zvol_wait: '1'});
	t.equal(late.code, 0);
	t.match(late.stderr, 'zvols without a node after 1 s: /dev/zvol/tank/late');
});

t.test('validate-all looks at the host at level 10, and stays content', async t => {
	const here = host(t.testdir());
	here.put('/etc/hostid', '');
	here.put('/lib/systemd/system/zfs-import-scan.service', '');
	here.put('/lib/systemd/system/zfs-import-cache.service', '');
	mkdirSync(`${here.root}/etc/systemd/system`, {recursive: true});
	symlinkSync('/dev/null', `${here.root}/etc/systemd/system/zfs-import-cache.service`);
	here.put('/sys/class/block/drbd0/slaves/zd0', '');
	const quiet = await here.act('validate-all');
	t.same([quiet.code, quiet.stderr], [0, '']);
	const {code, stderr} = await here.act('validate-all', {OCF_CHECK_LEVEL: '10'});
	t.equal(code, 0);
	t.match(stderr, /no host id/u);
	t.match(stderr, /zfs-import-scan\.service may import tank at boot/u);
	t.notMatch(stderr, /zfs-import-cache/u);
	t.match(stderr, /tank on \/dev\/drbd0 lies on the zvol zd0/u);
	t.match(stderr, /can deadlock when memory is short \(openzfs\/zfs#4694, #6065\)/u);
	t.same(here.calls(), []);
});

t.test('told to end, it says what it waited for and leaves no child', async t => {
	const here = host(t.testdir());
	here.tool('zpool', 'echo $$ >$ROOT/pid; exec sleep 60');
	const child = spawn(process.execPath, [AGENT, 'start'], {
		env: {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root, OCF_RESKEY_pool: 'tank', OCF_RESKEY_CRM_meta_timeout: '20000'},
	});
	let stderr = '';
	child.stderr.on('data', chunk => {
		stderr += chunk;
	});
	while (!existsSync(`${here.root}/pid`) || readFileSync(`${here.root}/pid`, 'utf8') === '') {
		await sleep(50);
	}
	const ended = new Promise(resolve => child.on('close', resolve));
	child.kill('SIGTERM');
	await ended;
	t.match(stderr, 'ocf-exit-reason:start was told to end while waiting for zpool import -d');
	await sleep(200);
	t.throws(() => process.kill(Number(readFileSync(`${here.root}/pid`, 'utf8')), 0));
});
