/** What can break a pool on DRBD with guests on it: each once for the suite of faults, and what is made again and again. */
import {holder} from '../cluster.ts';
import {resource} from '../config.ts';
import {limits} from '../round.ts';
import {sh} from '../ssh.ts';
import {booted, kill} from '../vm.ts';
import {until} from '../wait.ts';
import {common} from './common.ts';
import {failing, poolFull, slow} from './disks.ts';
import {freezing, power} from './machines.ts';
import {clusterLink, cutBoth, joinBoth, loss, storageLink} from './network.ts';
import {handler, libvirtd, monitor, start, stop, unheard} from './processes.ts';
import {type Fault, inTime, type Scene, type Trouble} from './scene.ts';

/** DRBD misses a peer after 10 s without traffic and 0.5 s without an answer. */
const UNNOTICED = 20_000;

const constrained = async ({holder}: Scene): Promise<boolean> =>
	/drbd-fence-by-handler/u.test(await sh(holder, 'cibadmin --query --scope constraints', 60));

const storage = storageLink(async scene => void (await until('the constraint of the handler', limits.write, () => constrained(scene))));

/** Nobody is there to tell the handler anything: it has to find out. */
const unmanaged: Omit<Fault, 'name'> = {
	async inflict({standby}) {
		await sh(standby, 'systemctl stop pacemaker.service');
		await cutBoth('storage');
	},
	decided: async ({writer}) => void (await writer.first(Date.now() + UNNOTICED, limits.write)),
	async mend({standby}) {
		await joinBoth('storage');
		await sh(standby, 'systemctl start pacemaker.service');
	},
};

const apart = async ({holder}: Scene): Promise<boolean> => !/^Connected/u.test(await sh(holder, `drbdadm cstate ${resource}`, 60));

/**
 * The standby left in good order, is back and resynced, and is lost before the holder has heard so: DRBD asks nobody, and the holder goes on
 * alone. Then that one dies, and the standby must not take what it lacks.
 */
const returned: Omit<Fault, 'name'> = {
	fenced: 'holder',
	moves: true,
	async inflict(scene) {
		const {holder, standby, writer} = scene;
		await sh(standby, 'systemctl stop pacemaker.service');
		await writer.first(Date.now(), limits.write, holder);
		await unheard(
			scene,
			() => sh(standby, 'systemctl start pacemaker.service'),
			() => apart(scene),
		);
		await writer.first(Date.now(), limits.write, holder);
		await kill(holder);
		await booted(holder);
		await writer.attend(holder);
	},
	mend: () => joinBoth('storage'),
};

/** DRBD lets the disk go, and the promoted role follows the data. */
const disk = failing(
	role => async scene => {
		const node = scene[role];
		await until(
			`${node} without its disk`,
			limits.write,
			async () => /^Diskless/u.test(await sh(node, `drbdadm dstate ${resource}`, 60)),
			1000,
		);
		if (role === 'holder') {
			await until('the pool where the disk is', limits.write, async () => (await holder()) === scene.standby, 1000);
		}
	},
	// A start by the cluster attaches it too.
	(scene, role) => inTime(scene[role], `! drbdadm dstate ${resource} | grep -q ^Diskless || drbdadm attach ${resource}`),
);

export const faults: readonly Fault[] = [
	{name: 'storage link cut', ...storage},
	{name: 'storage link cut, the handler killed', ...handler},
	{name: 'Pacemaker stopped on the standby, storage link cut', ...unmanaged},
	{name: "the standby returned, and lost before the holder has heard of the resync's end; then the holder's power cut", ...returned},
	{name: 'cluster link cut', ...clusterLink()},
	{name: 'both links cut', ...clusterLink('storage')},
	{name: "the holder's power cut", ...power('holder')},
	{name: "the standby's power cut", ...power('standby')},
	{name: 'the holder frozen for 60 s', ...freezing('holder')},
	{name: 'the standby frozen for 60 s', ...freezing('standby')},
];

export const troubles: readonly Trouble[] = [
	...common(storage),
	{name: 'storage link loses 30 %', make: loss('storage')},
	{name: 'storage link cut, the handler killed', roles: ['holder'], make: () => handler},
	{name: 'Pacemaker stopped, storage link cut', roles: ['standby'], make: () => unmanaged},
	{name: 'a monitor killed', make: monitor('drbd')},
	{name: "the pool's stop killed", roles: ['holder'], make: stop('zpool')},
	{name: "the pool's start killed", roles: ['standby'], make: () => start('zpool')},
	{name: 'libvirtd killed', make: libvirtd},
	{name: 'disk error', make: disk},
	{name: 'slow disk', make: slow},
	{name: 'the pool full', roles: ['holder'], make: () => poolFull},
];
