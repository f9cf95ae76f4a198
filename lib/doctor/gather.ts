import {statSync} from 'node:fs';
import {networkInterfaces} from 'node:os';
import packaged from '../../package.json' with {type: 'json'};
import {CibError, cibadmin} from '../cluster/cib.ts';
import {HISTORY} from '../cluster/history.ts';
import type {Deadline} from '../deadline.ts';
import {moduleVersion} from '../drbd/look.ts';
import {datasetOf} from '../gluster/dataset.ts';
import {examined} from '../gluster/doctor.ts';
import {sides} from '../gluster/kept.ts';
import {volumeNamed, volumes} from '../gluster/store.ts';
import {at, exists, list, read} from '../host.ts';
import {mounts} from '../mounts.ts';
import {type Argv, run, ToolError} from '../run.ts';
import {masked} from '../transcript.ts';
import {nameOf} from '../vdev/device.ts';
import {thisHost} from '../zpool/owner.ts';
import {autostart, cached, clients, code, holders, pools, unitsHere, zvols} from './gather-host.ts';
import {exports, openTargets, records, sessions} from './gather-iscsi.ts';
import {vdevsIn} from './pools.ts';
import type {Answer, Record} from './record.ts';
import {devicesIn, programOf, resources} from './resources.ts';

/** For each tool, in milliseconds: none of them takes a second on a host that is well. */
const PATIENCE = 15_000;

async function ask(argv: Argv, deadline: Deadline): Promise<Answer> {
	try {
		const {exit, stdout, stderr} = await run(argv, {timeout: Math.max(1, Math.min(PATIENCE, deadline.left()))});
		// No check goes by a secret, and what is gathered goes to the other host.
		return {exit, stdout: masked(stdout), stderr: masked(stderr)};
	} catch (error) {
		if (error instanceof ToolError) {
			return {why: error.message, missing: error.fault === 'missing'};
		}
		throw error;
	}
}

async function askCib(deadline: Deadline): Promise<Answer> {
	try {
		return {exit: 0, stdout: masked(await cibadmin(['-Q', '-l'], deadline)), stderr: ''};
	} catch (error) {
		if (error instanceof CibError) {
			return {why: error.message, missing: error.fault === 'missing'};
		}
		throw error;
	}
}

const FILES = {
	corosync: '/etc/corosync/corosync.conf',
	kept: '/var/lib/pacemaker/cib/cib.xml',
	helper: '/sys/module/drbd/parameters/usermode_helper',
	interval: '/sys/module/zfs/parameters/zfs_multihost_interval',
	imports: '/sys/module/zfs/parameters/zfs_multihost_import_intervals',
	zfs: '/sys/module/zfs/version',
} as const;

/** The datasets of this host's bricks. */
const datasets = (): string[] => [
	...new Set(
		volumes()
			.flatMap(name => volumeNamed(name) ?? [])
			.flatMap(volume => sides(volume).here.flatMap(({path}) => datasetOf(volume.name, path) ?? [])),
	),
];

/** Nothing is asked for where nothing could come of it; all that is asked, at once. */
async function tools(replicates: boolean, deadline: Deadline): Promise<Record['tools']> {
	const clustered = exists(FILES.corosync) || exists(FILES.kept) || exists('/var/lib/pacemaker');
	const imported = pools();
	const hung = imported.find(({state}) => state === 'SUSPENDED');
	const asking = async (is: boolean, argv: Argv): Promise<Answer | undefined> => (is ? await ask(argv, deadline) : undefined);
	const pooled = async (argv: Argv): Promise<Answer | undefined> =>
		hung
			? {why: `${argv[0]} is not asked: it would hang, as pool ${hung.name} is suspended`, missing: false}
			: await asking(imported.length > 0, argv);
	const bricks = datasets();
	const [cib, history, dump, events2, zfs, vdevs, properties, attributes] = await Promise.all([
		clustered ? askCib(deadline) : undefined,
		asking(clustered, HISTORY),
		asking(replicates, ['drbdadm', 'dump-xml']),
		asking(exists('/sys/module/drbd') || exists('/proc/drbd'), ['drbdsetup', 'events2', '--now', 'all']),
		asking(exists('/sys/module/zfs'), ['zfs', 'version']),
		pooled(['zpool', 'status', '-P']),
		pooled(['zpool', 'get', '-H', '-p', '-o', 'name,property,value', 'multihost,failmode']),
		bricks.length > 0 && !hung ? ask(['zfs', 'get', '-H', '-o', 'name,property,value', 'xattr', ...bricks], deadline) : undefined,
	]);
	// LINBIT's handlers come with the tools, and are judged by their version.
	const utils = await asking(said(dump).includes('crm-fence-peer'), ['drbdadm', '--version']);
	return {cib, history, dump, utils, events2, zfs, vdevs, properties, attributes};
}

/** Enough of a script to see what it does. */
const SCRIPT = 65_536;

function program(path: string): Record['programs'][string] {
	const stat = statSync(at(path), {throwIfNoEntry: false});
	if (!stat?.isFile()) {
		return {there: false, runs: false};
	}
	const text = read(path) ?? '';
	return {there: true, runs: (stat.mode & 0o111) !== 0, ...(text.startsWith('#!') && {script: masked(text.slice(0, SCRIPT))})};
}

function textOf(path: string): string | undefined {
	const text = read(path);
	return text === undefined ? undefined : masked(text);
}

const said = (answer: Answer | undefined): string => (answer && 'exit' in answer && answer.exit === 0 ? answer.stdout : '');

/** Everything that the checks go by, of this host. Reads only; every tool with a deadline, and what fails is a part of the record. */
export async function gather(deadline: Deadline): Promise<Record> {
	const began = Date.now();
	const replicates = exists('/etc/drbd.conf') || list('/etc/drbd.d').some(name => name.endsWith('.res'));
	const answers = await tools(replicates, deadline);
	const defined = await resources(said(answers.dump)).catch(() => []);
	const called = [...new Set(defined.flatMap(({handlers}) => [...handlers.values()].map(programOf)))];
	const here = mounts();
	return {
		twinpool: packaged.version,
		name: thisHost().name,
		began,
		ended: Date.now(),
		root: process.getuid?.() === 0,
		tools: answers,
		texts: {...Object.fromEntries(Object.entries(FILES).map(([name, path]) => [name, textOf(path)])), drbd: moduleVersion()},
		replicates,
		units: unitsHere(),
		hostid: thisHost().id,
		cached: cached(),
		pools: pools(),
		programs: Object.fromEntries(called.filter(path => path.startsWith('/')).map(path => [path, program(path)])),
		devices: Object.fromEntries(
			[...devicesIn(defined), ...[...vdevsIn(said(answers.vdevs)).values()].flat()].map(path => [path, nameOf(path)]),
		),
		zvols: zvols(),
		holders: holders(),
		sessions: sessions(),
		nodes: records(),
		stores: exports(),
		open: openTargets(),
		mounts: here.filter(({type}) => /^(zfs|fuse\.glusterfs)$/u.test(type)).map(({point, type, source}) => ({point, type, source})),
		clients: clients(),
		addresses: Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({address}) => address)),
		code: code(here),
		autostart: autostart(),
		volumes: volumes().flatMap(volume => {
			const is = volumeNamed(volume);
			return is ? [{volume, findings: examined(is)}] : [];
		}),
	};
}
