import {existsSync, symlinkSync} from 'node:fs';
import t from 'tap';
import {capture, host, IMPORT, kstat} from '../fake/zpool-host.ts';

const BAD: [what: string, action: string, env: Record<string, string>, zpool: string | undefined, code: number, says: RegExp][] = [
	['no pool', 'start', {OCF_RESKEY_pool: ''}, IMPORT, 6, /^parameter pool is required/u],
	['no pool', 'monitor', {OCF_RESKEY_pool: ''}, IMPORT, 6, /^parameter pool is required/u],
	['no pool', 'stop', {OCF_RESKEY_pool: ''}, IMPORT, 0, /nothing to stop/u],
	[
		'shell characters',
		'start',
		{OCF_RESKEY_pool: 'tank;reboot'},
		IMPORT,
		6,
		/^parameter pool: expected the name of a ZFS pool, got "tank;reboot"/u,
	],
	['a path', 'monitor', {OCF_RESKEY_pool: '../../x'}, IMPORT, 6, /^parameter pool/u],
	['an option', 'start', {OCF_RESKEY_pool: '-a'}, IMPORT, 6, /^parameter pool/u],
	['shell characters', 'start', {OCF_RESKEY_importargs: '$(reboot)'}, IMPORT, 6, /^parameter importargs/u],
	['shell characters', 'validate-all', {OCF_RESKEY_importargs: '; reboot'}, IMPORT, 6, /^parameter importargs/u],
	['shell characters', 'start', {OCF_RESKEY_devices: '`reboot`'}, IMPORT, 6, /^parameter devices: expected absolute paths/u],
	['shell characters', 'start', {OCF_RESKEY_devices: '/dev/$(reboot)'}, IMPORT, 1, /^no device here carries pool tank/u],
	[
		'one word among many paths',
		'start',
		{OCF_RESKEY_devices: `${'/dev/disk/by-id/scsi-SATA_disk '.repeat(20)}sda`},
		IMPORT,
		6,
		/^parameter devices: expected absolute paths/u,
	],
	['a word', 'start', {OCF_RESKEY_importforce: 'maybe'}, IMPORT, 6, /^parameter importforce: expected one of auto, true, false/u],
	['a word', 'start', {OCF_RESKEY_holders: 'all;'}, IMPORT, 6, /^parameter holders/u],
	['a number', 'start', {OCF_RESKEY_zvol_wait: '-1'}, IMPORT, 6, /^parameter zvol_wait/u],
	['unknown pool', 'start', {OCF_RESKEY_pool: 'other'}, IMPORT, 1, /^no device here carries pool other/u],
	['no tool', 'start', {}, undefined, 5, /^zpool is not installed/u],
	['no module', 'start', {}, 'echo "The ZFS modules cannot be auto-loaded." >&2; exit 1', 5, /^ZFS is not in this kernel/u],
	['garbage', 'start', {}, 'head -c 3000 /dev/urandom; exit 1', 1, /^zpool import ended with 1/u],
	[
		'usage',
		'start',
		{OCF_RESKEY_importargs: '-X'},
		'echo "invalid option" >&2; exit 2',
		6,
		/^parameter importargs "-X": zpool import says: invalid option/u,
	],
	['a signal', 'start', {}, 'kill -9 $$', 1, /^zpool was killed by SIGKILL/u],
	['a hang', 'start', {}, 'sleep 60', 1, /^zpool gave no answer within/u],
	['success that is none', 'start', {}, 'exit 0', 1, /^zpool import ended with 0, but the kernel does not have the pool/u],
	['a flood', 'start', {}, 'exec yes', 1, /^zpool printed more than 8 MiB/u],
	['one second', 'start', {OCF_RESKEY_CRM_meta_timeout: '1000'}, 'sleep 60', 1, /gave no answer within/u],
	['no such action', 'dance', {}, IMPORT, 3, /^$/u],
];

/** A few at a time: the deadlines are real, and so are the machines that this runs on. */
async function few<T, R>(items: readonly T[], one: (item: T, index: number) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	let next = 0;
	const work = async (): Promise<void> => {
		for (let index = next; index < items.length; index = next) {
			next += 1;
			results[index] = await one(items[index] as T, index);
		}
	};
	await Promise.all([work(), work(), work()]);
	return results;
}

t.test('bad input and bad tools', async t => {
	t.testdir();
	const results = await few(BAD, async ([what, action, env, zpool, code, says], index) => {
		const here = host(`${t.testdirName}/${index}`);
		here.tool('zpool', zpool ?? '');
		const path = zpool === undefined ? {PATH: '/nowhere'} : {};
		return {
			what: `${what}: ${action}`,
			code,
			says,
			result: await here.act(action, {OCF_RESKEY_CRM_meta_timeout: '6000', ...path, ...env}),
			here,
		};
	});
	for (const {what, code, says, result, here} of results) {
		t.equal(result.code, code, `${what}: ${result.stderr}`);
		t.match(result.reason[0] ?? '', says, what);
		t.ok(result.reason.length <= 1 && (result.reason[0] ?? '').length < 200, what);
		t.notOk(existsSync(`${here.root}/proc/spl/kstat/zfs`), `${what} changed nothing`);
	}
});

const STOPS: [what: string, word: string, env: Record<string, string>, zpool: string | undefined, code: number, says: RegExp][] = [
	[
		'bad arguments',
		'ONLINE',
		{
			OCF_RESKEY_importargs: ';',
			OCF_RESKEY_holders: 'x',
			OCF_RESKEY_importforce: 'x',
			OCF_RESKEY_zvol_wait: 'x',
			OCF_RESKEY_devices: 'x',
		},
		IMPORT,
		0,
		/^$/u,
	],
	['FAULTED', 'FAULTED', {}, IMPORT, 0, /^$/u],
	['unknown word', 'SPLENDID', {}, IMPORT, 0, /^$/u],
	['SUSPENDED', 'SUSPENDED', {}, 'sleep 60', 1, /only fencing or a reboot frees it/u],
	[
		'suspended meanwhile',
		'ONLINE',
		{OCF_RESKEY_CRM_meta_timeout: '20000'},
		'echo SUSPENDED >$KSTAT/state; sleep 60',
		1,
		/^zpool hangs on a pool that is SUSPENDED/u,
	],
	['no tool', 'ONLINE', {}, undefined, 1, /^zpool is not installed/u],
	['a hang', 'ONLINE', {}, 'sleep 60', 1, /^tank is held by bash .*: zpool gave no answer within/u],
	[
		'busy',
		'ONLINE',
		{},
		`echo "${capture('export-busy-cwd').stderr}" >&2; exit 1`,
		1,
		/^stop ran out of its 6 s: tank is held by bash \(pid 99: \/tank\/data\)/u,
	],
];

t.test('a stop does the right thing whatever it is given', async t => {
	t.testdir();
	const results = await few(STOPS, async ([what, word, env, zpool, code, says], index) => {
		const here = host(`${t.testdirName}/${index}`);
		kstat(here, word);
		here.put('/proc/self/mountinfo', '36 1 0:40 / /tank rw - zfs tank rw\n');
		here.put('/proc/99/comm', 'bash\n');
		symlinkSync('/tank/data', `${here.root}/proc/99/cwd`);
		here.tool('zpool', zpool ?? '');
		const path = zpool === undefined ? {PATH: '/nowhere'} : {};
		return {what, code, says, result: await here.act('stop', {OCF_RESKEY_CRM_meta_timeout: '6000', ...path, ...env}), here};
	});
	for (const {what, code, says, result, here} of results) {
		t.equal(result.code, code, `${what}: ${result.stderr}`);
		t.match(result.reason[0] ?? '', says, what);
		t.equal(existsSync(`${here.root}/proc/spl/kstat/zfs/tank`), code !== 0, what);
		t.ok(result.ms < 8000, `${what} took ${Math.round(result.ms)} ms`);
	}
});
