// A host with storage of every layout, all of it folders, and a fio that prints what the real one printed, with figures of the test's own.
import {readdirSync, statSync, symlinkSync} from 'node:fs';
import {Tree} from './tree.ts';
import {fixture} from './watched.ts';

export const captured = (name: string): string => (JSON.parse(fixture(`fio-3.33/${name}.json`)) as {stdout: string}).stdout;

/** The real answer with other figures; latency in milliseconds. */
export function answer(workload: 'read' | 'write', iops: number, latency: number): string {
	const said = JSON.parse(captured(workload)) as {
		jobs: Record<string, {iops: number; lat_ns: {mean: number; percentile: Record<string, number>}}>[];
	};
	const side = said.jobs[0]?.[workload];
	if (!side) {
		throw new Error('the capture has no such side');
	}
	side.iops = iops;
	side.lat_ns.mean = latency * 1e6;
	for (const key of Object.keys(side.lat_ns.percentile)) {
		side.lat_ns.percentile[key] = (latency * 1e6 * Number(key)) / 50;
	}
	return JSON.stringify(said);
}

/** By the folder above the file's own: the answer of this round. /hangs, /dies, /noise, /fails: a measurement does that instead. */
const FIO = `case "$1" in --version) echo fio-3.33; exit ;; esac
for word; do case "$word" in --filename=*) file=\${word#--filename=} ;; esac; done
case "$1" in --name=prepare) [ ! -e "$file" ] && : >"$file"; exit ;; esac
[ -f "$file" ] || { echo "$file was not made" >&2; exit 1; }
[ ! -e $ROOT/hangs ] || { echo $$ >$ROOT/pid; exec sleep 60; }
[ ! -e $ROOT/dies ] || kill -9 $$
[ ! -e $ROOT/noise ] || { cat $ROOT/noise; exit; }
[ ! -e $ROOT/fails ] || { echo 'fio: io_u error on file file: No space left on device: write offset=0, buflen=4096' >&2; exit 1; }
above=\${file%/*/*}; key=\${above##*/}-\${1#--name=rand}
round=$(( $(cat $ROOT/fio/$key.rounds 2>/dev/null || echo 0) + 1 )); echo $round >$ROOT/fio/$key.rounds
cat $ROOT/fio/$key.$round`;

const list = (pool: string, ...paths: string[]): string =>
	`${pool}\t301989888\t192000\t301797888\t-\t-\t0\t0\t1.00\tONLINE\t-\n${paths.map(path => `\t${path}\t314572800\t192000\t301797888\t-\t-\t0\t0\t-\tONLINE\n`).join('')}`;

/** rpool on a disk, tank on DRBD, far a mirror with a leg, vm a Gluster volume with its brick on rpool/brick. */
export class BenchHost extends Tree {
	constructor(root: string) {
		super(root);
		this.put('/calls', '');
		this.put('/proc/sys/kernel/hostname', 'alpha\n');
		this.put('/sys/module/zfs/version', '2.1.11\n');
		this.tool('fio', FIO);
		this.tool('zpool', 'case "$1" in list) cat $ROOT/pools/$5 ;; *) cat $ROOT/status ;; esac');
		this.tool('zfs', "printf 'recordsize\\t131072\\nsync\\t%s\\n' $(cat $ROOT/sync 2>/dev/null || echo standard)");
		this.put('/status', fixture('open-iscsi-2.1.8/healthy.status.txt'));
		this.tool('drbdsetup', 'cat $ROOT/events');
		for (const [pool, paths] of Object.entries({rpool: ['/dev/sda3'], tank: ['/dev/drbd0'], far: ['mirror-0', '/dev/sdb1', '/dev/sdc1']})) {
			this.put(`/pools/${pool}`, list(pool, ...paths));
			this.put(`/proc/spl/kstat/zfs/${pool}/state`, 'ONLINE\n');
		}
		const disk = '/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdc/sdc1';
		this.put(`${disk}/partition`, '1\n');
		this.put('/sys/class/block/sda3/partition', '3\n');
		symlinkSync(`${root}${disk}`, `${root}/sys/class/block/sdc1`);
		this.put('/var/lib/glusterd/vols/vm/info', 'status=1\nvolume-id=6b7e\nbrick-0=alpha:-rpool-brick-vm\n');
		for (const folder of ['/rpool/brick/vm', '/tank/data', '/far', '/vm', '/other']) {
			this.put(`${folder}/.keep`, '');
		}
		const dev = BigInt(statSync(root).dev);
		const device = `${(dev >> 8n) & 0xfffn}:${(dev & 0xffn) | ((dev >> 12n) & ~0xffn)}`;
		const mounted = [
			['/', 'ext4', '/dev/sda2'],
			['/rpool/brick', 'zfs', 'rpool/brick'],
			['/rpool', 'zfs', 'rpool'],
			['/tank', 'zfs', 'tank'],
			['/tank/data', 'zfs', 'tank/data'],
			['/far', 'zfs', 'far'],
			['/vm', 'fuse.glusterfs', 'localhost:/vm'],
		];
		this.put(
			'/proc/self/mountinfo',
			mounted.map(([point, type, source]) => `36 35 ${device} / ${point} rw - ${type} ${source} rw\n`).join(''),
		);
	}

	/** DRBD below tank, in a phase of the captures. */
	drbd(phase: string): void {
		this.put('/proc/drbd', fixture(`drbd-8.4.11/alice/${phase}/proc-drbd.txt`));
		this.put('/events', fixture(`drbd-8.4.11/alice/${phase}/events2-now-statistics.txt`));
	}

	/** Of all directories: whatever of ours is there. */
	left(): string[] {
		return ['/rpool', '/tank', '/tank/data', '/far', '/vm'].flatMap(folder =>
			readdirSync(`${this.root}${folder}`).filter(name => /bench/u.test(name)),
		);
	}

	/** What fio was asked to write or to measure. */
	measured(): string[] {
		return this.calls().filter(call => call.startsWith('fio --name'));
	}

	/** What fio says in each round in one place: IOPS, and milliseconds. */
	figures(place: string, workload: 'read' | 'write', ...rounds: readonly (readonly [iops: number, latency: number])[]): void {
		for (const [index, [iops, latency]] of rounds.entries()) {
			this.put(`/fio/${place}-${workload}.${index + 1}`, answer(workload, iops, latency));
		}
	}
}

/** Three rounds of which one is the median in both figures: IOPS, and a tenth of it in milliseconds. */
const around = (iops: number): [number, number][] => [
	[iops * 3, 1],
	[iops, iops / 10],
	[iops / 2, iops],
];

/** With figures for all places. */
export function benchHost(root: string): BenchHost {
	const here = new BenchHost(root);
	for (const [place, read, write] of [
		['rpool', 80_000, 1000],
		['tank', 60_000, 250],
		['data', 60_000, 250],
		['far', 40_000, 125],
		['vm', 20_000, 100],
	] as const) {
		here.figures(place, 'read', ...around(read));
		here.figures(place, 'write', ...around(write));
	}
	return here;
}
