import type {Finding, Severity} from '../doctor/finding.ts';
import {exists} from '../host.ts';
import {mounts} from '../mounts.ts';
import {datasetOf} from './dataset.ts';
import {type Check, PEERS} from './doctor-peers.ts';
import {pendingHere} from './heal.ts';
import {COUNT, guarded, sides, TYPE} from './kept.ts';
import {noteOf} from './note.ts';
import {multiplexed, type Volume} from './store.ts';

/** A node takes so long to be lost and fenced, at least: seconds. */
const FENCING = 15;

const option = ({options}: Volume, name: string): string | undefined => options.get(name);
const set = ({name}: Volume, what: string): string => `gluster volume set ${name} ${what}`;
/** Some peer's or brick's name for a command that needs a third host. */
const vote = ({name}: Volume): string =>
	`gluster volume add-brick ${name} replica 3 arbiter 1 THIRD:/PATH, on a third host; far away, a thin arbiter: it is asked only when a copy is lost`;

/** Worst first. Read from glusterd's own files: nothing is asked of it, and nothing is changed. */
const CHECKS: readonly Check[] = [
	[
		'loss',
		volume =>
			guarded(volume) && !noteOf(volume.name) && option(volume, COUNT) !== '2'
				? {
						seen: `volume ${volume.name} has two copies, no third vote, ${TYPE} is ${option(volume, TYPE) ?? 'none'}, and no ocf:twinpool:gluster runs here`,
						hurts: 'when the link is cut both sides go on writing: a split-brain by configuration',
						fix: `${vote(volume)}; or ocf:twinpool:gluster, which lets one side write when the other one is known to be behind`,
					}
				: undefined,
	],
	[
		'loss',
		volume =>
			volume.replica > 2 && option(volume, TYPE) === 'none'
				? {
						seen: `${TYPE} of ${volume.name} is none`,
						hurts: 'its third vote is not asked: each side goes on writing alone',
						fix: set(volume, `${TYPE} auto`),
					}
				: undefined,
	],
	[
		'loss',
		volume =>
			option(volume, 'cluster.favorite-child-policy') !== undefined && option(volume, 'cluster.favorite-child-policy') !== 'none'
				? {
						seen: `cluster.favorite-child-policy of ${volume.name} is ${option(volume, 'cluster.favorite-child-policy')}`,
						hurts: 'of two copies that contradict each other one is thrown away without a word',
						fix: `gluster volume reset ${volume.name} cluster.favorite-child-policy; "twinpool split-brain ${volume.name}" names such files`,
					}
				: undefined,
	],
	...PEERS,
	[
		'stuck',
		volume => {
			const [arbiter] = volume.bricks.slice(-1);
			const same =
				volume.arbiters > 0 && volume.replica > 2 && volume.bricks.slice(0, -1).some(({uuid}) => uuid !== '' && uuid === arbiter?.uuid);
			return same
				? {
						seen: `the arbiter of ${volume.name} (${arbiter?.host}:${arbiter?.path}) is on a host that has a copy, too`,
						hurts: 'with that host two of three votes are lost: the other one may not write',
						fix: `gluster volume replace-brick ${volume.name} ${arbiter?.host}:${arbiter?.path} THIRD:/PATH commit force`,
					}
				: undefined;
		},
	],
	[
		'stuck',
		volume =>
			guarded(volume) && option(volume, TYPE) === 'auto'
				? {
						seen: `${TYPE} of ${volume.name} is auto with two copies`,
						hurts: 'without its first brick nobody may write, whatever the cluster decides',
						fix: `${vote(volume)}; or ocf:twinpool:gluster, which sets it`,
					}
				: undefined,
	],
	[
		'stuck',
		volume =>
			volume.replica > 1 && option(volume, 'cluster.self-heal-daemon') === 'off'
				? {
						seen: `cluster.self-heal-daemon of ${volume.name} is off`,
						hurts: 'a copy that was away stays behind, and the next failover lands on it',
						fix: set(volume, 'cluster.self-heal-daemon on'),
					}
				: undefined,
	],
	[
		'loss',
		volume =>
			pendingHere(sides(volume).here) > 0
				? {
						seen: `${pendingHere(sides(volume).here)} entries of ${volume.name} are not on the other side`,
						hurts: 'a failover now lands on a copy that is behind',
						fix: `gluster volume heal ${volume.name} info; torn files are named by "twinpool split-brain ${volume.name}"`,
					}
				: undefined,
	],
	[
		'stuck',
		volume =>
			option(volume, 'features.barrier') === 'enable'
				? {
						seen: `features.barrier of ${volume.name} is enable`,
						hurts: 'a snapshot was ended half way: fsync may be held for up to two minutes, at each start of a brick again',
						fix: set(volume, 'features.barrier disable'),
					}
				: undefined,
	],
	[
		'loss',
		volume => {
			const seconds = Number(option(volume, 'network.ping-timeout') ?? 42);
			return guarded(volume) && seconds < FENCING
				? {
						seen: `network.ping-timeout of ${volume.name} is ${seconds} s`,
						hurts: `clients fail their writes before a lost node can be fenced (${FENCING} s and more)`,
						fix: `ping_timeout of the resource, or ${set(volume, 'network.ping-timeout 42')}`,
					}
				: undefined;
		},
	],
	[
		'loss',
		volume =>
			guarded(volume) && exists('/etc/systemd/system/multi-user.target.wants/glusterd.service')
				? {
						seen: 'glusterd is enabled at boot',
						hurts: `a node that was away serves its copy of ${volume.name} before the cluster says that it may`,
						fix: 'systemctl disable glusterd',
					}
				: undefined,
	],
	[
		'stuck',
		volume =>
			guarded(volume) && multiplexed()
				? {
						seen: 'cluster.brick-multiplex is on',
						hurts: `a brick of ${volume.name} cannot be ended alone`,
						fix: 'gluster volume set all cluster.brick-multiplex off',
					}
				: undefined,
	],
	[
		'stuck',
		volume => {
			const root = sides(volume).here.find(({path}) => mounts().some(({point, type}) => point === path && type === 'zfs'));
			return root
				? {
						seen: `brick ${root.host}:${root.path} is the mount point itself, and no directory below it`,
						hurts:
							'while its dataset is not mounted the same path is a directory of the root disk: only an attribute keeps Gluster from filling that',
						fix: `gluster volume replace-brick ${volume.name} ${root.host}:${root.path} ${root.host}:${root.path}/brick commit force`,
					}
				: undefined;
		},
	],
	[
		'unproved',
		volume => {
			const bare = sides(volume).here.find(({path}) => datasetOf(volume.name, path) === undefined);
			return bare
				? {
						seen: `brick ${bare.path} is on no ZFS dataset`,
						hurts: 'there is no snapshot of it before a split-brain is resolved, and no check that what it was on is mounted',
						fix: `gluster volume replace-brick ${volume.name} ${bare.host}:${bare.path} ${bare.host}:/DATASET/PATH commit force`,
					}
				: undefined;
		},
	],
];

/** What will hurt at the next failover of a volume, worst first. */
export const examined = (volume: Volume): (Finding & {severity: Severity})[] =>
	CHECKS.flatMap(([severity, check]) => {
		const finding = check(volume);
		return finding ? [{severity, ...finding}] : [];
	});
