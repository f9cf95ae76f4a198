import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {AGENT, host, kstat} from '../fake/zpool-host.ts';

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

t.test('a pool with a leg is imported where its lease is, by the names that are good on every host', async t => {
	const here = host(t.testdir());
	here.put('/var/lib/twinpool/leased-tank', '');
	const refused = await here.act('start');
	t.equal(refused.code, 1);
	t.match(refused.reason[0], /tank has a leg on another host and no lease here: start its ocf:twinpool:iscsi-leg first/u);
	t.same(here.calls(), [], 'and nothing was run');
	here.put('/run/twinpool/leg-tank.json', '{}');
	mkdirSync(`${here.root}/dev/twinpool/tank`, {recursive: true});
	symlinkSync('../../drbd0', `${here.root}/dev/twinpool/tank/14260373496529157658`);
	t.equal((await here.act('start')).code, 0);
	t.same(here.calls(), ['zpool import -d /dev/twinpool/tank/14260373496529157658 -o cachefile=none tank']);
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

/** Its environment names the host; a zombie has none left. */
function commandOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/environ`, 'utf8');
	} catch {
		return '';
	}
}

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
	const left = readdirSync('/proc').filter(pid => /^\d+$/u.test(pid) && commandOf(pid).includes(here.root));
	t.same(left, []);
});
