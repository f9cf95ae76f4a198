/** Records how the real tools answer, as fixtures: needs a cluster of the kind `peer` that stands (`lab.ts up peer`). */

import {commands, notRunning, state} from './capture/pacemaker.ts';
import {record} from './capture/record.ts';
import {initiator, onPrimary, onSecondary, onSpareDisk, target, targetGone} from './capture/zfs.ts';
import {holder, settled} from './cluster.ts';
import {address, other} from './config.ts';
import {connectPower, unplugPower} from './power.ts';
import {say} from './report.ts';
import {sh} from './ssh.ts';
import {booted, kill} from './vm.ts';
import {until} from './wait.ts';

const zfs = 'zfs-2.1.11';
const pacemaker = 'pacemaker-2.1.5';

async function pools(): Promise<void> {
	const primary = await until('the pool on a node', 60, holder);
	await record(primary, zfs, onPrimary);
	await record(other(primary), zfs, onSecondary);
	await record('alpha', zfs, onSpareDisk);
	await record('alpha', zfs, target);
	await record('bravo', zfs, initiator(address('storage', 'alpha')));
	await record('alpha', zfs, targetGone);
}

async function cluster(): Promise<void> {
	const primary = await until('the pool on a node', 60, holder);
	const secondary = other(primary);
	await record(primary, pacemaker, state('both'));
	await record(primary, pacemaker, commands);
	await sh(secondary, 'systemctl stop pacemaker.service');
	await record(secondary, pacemaker, notRunning);
	await record(primary, pacemaker, state('peer-stopped'));
	await sh(secondary, 'systemctl start pacemaker.service');
	await until('both nodes in', 180, settled, 1000);

	say('cutting the power of the holder with the switch unplugged: nobody can fence');
	await unplugPower();
	await kill(primary);
	const history = 'stonith_admin --history "*" --verbose';
	await until('a failed fencing', 180, async () => / failed:/u.test(await sh(secondary, history)), 500);
	await record(secondary, pacemaker, state('unclean'));
	await connectPower();
	await sh(secondary, `stonith_admin --reboot ${primary}`);
	await until('the fencing', 300, async () => (await holder()) === secondary, 500);
	await record(secondary, pacemaker, state('fenced'));
	await booted(primary);
	await until('everything as before', 420, settled, 1000);
	await record(secondary, pacemaker, state('returned'));
}

const [which] = process.argv.slice(2);
if (which !== 'pacemaker') {
	await pools();
}
if (which !== 'zfs') {
	await cluster();
}
say('captured');
