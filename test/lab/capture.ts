/**
 * Records how the real tools answer, as fixtures: needs a cluster of the kind `peer` that stands (`lab.ts up peer`); `gluster` needs two
 * bare nodes (`lab.ts up`). `streams` has the nodes keep what DRBD tells, for as long as somebody else breaks them; `streams-end` takes it.
 * `looks SUITE` takes what agents and keepers saw.
 */

import * as gluster from './capture/gluster.ts';
import {commands, notRunning, state} from './capture/pacemaker.ts';
import {record} from './capture/record.ts';
import {collectLooks, collectStreams, keepStreams} from './capture/streams.ts';
import {initiator, onPrimary, onSecondary, onSpareDisk, target, targetGone} from './capture/zfs.ts';
import {holder, settled} from './cluster.ts';
import {address, nodes, other} from './config.ts';
import {cut, join} from './links.ts';
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

const folder = 'gluster-10.3';

async function replica(): Promise<void> {
	for (const node of nodes) {
		await record(node, folder, gluster.prepare);
	}
	await record('alpha', folder, gluster.create);
	await record('alpha', folder, gluster.state('healthy'));
	await record('bravo', folder, gluster.killBrick);
	await record('alpha', folder, gluster.write);
	await record('alpha', folder, gluster.state('brick-dead'));
	await record('alpha', folder, gluster.again);
	await record('alpha', folder, gluster.state('healed'));
	await record('bravo', folder, gluster.daemonGone);
	await record('alpha', folder, gluster.state('daemon-gone'));
	await record('bravo', folder, gluster.daemonBack);
	await record('bravo', folder, gluster.mountHere('bravo'));
	await cut('bravo', 'storage');
	await record('alpha', folder, gluster.state('link-cut'));
	await record('alpha', folder, gluster.apart);
	await record('bravo', folder, gluster.apart);
	await join('bravo', 'storage');
	await until('the peers see each other', 120, async () => /Connected/u.test(await sh('alpha', 'gluster peer status')), 1000);
	await sh('alpha', 'sleep 20', 60);
	await record('alpha', folder, gluster.state('torn'));
	await kill('bravo');
	await record('alpha', folder, gluster.state('peer-dead'));
	await record('alpha', folder, gluster.stopped);
	await record('alpha', folder, gluster.state('stopped'));
}

const [which, suite] = process.argv.slice(2);
if (which === 'looks' && suite) {
	await collectLooks(suite);
} else if (which === 'streams' || which === 'streams-end') {
	await (which === 'streams' ? keepStreams() : collectStreams());
} else if (which === 'gluster') {
	await replica();
} else {
	await (which === 'pacemaker' ? undefined : pools());
	await (which === 'zfs' ? undefined : cluster());
}
say('captured');
