import {connect, lost} from './connection.ts';
import type {Host} from './host.ts';
import {killAllOn} from './program.ts';
import type {World} from './world.ts';

/** Milliseconds until DRBD misses the peer's answers to its pings. */
const PING_TIMEOUT = 500;

/** The plug is pulled: processes, kernel state and memory are gone, the disk stays as it is. */
export function cut(world: World, host: Host): void {
	if (!host.on) {
		return;
	}
	const primary = host.resource?.role === 'Primary';
	host.on = false;
	host.clustered = false;
	killAllOn(host);
	host.store.crashed ||= primary;
	host.resource = undefined;
	host.pool = undefined;
	world.say(host.name, 'power', 'power cut');
	world.changed();
	setTimeout(() => lost(world, world.peer(host)), PING_TIMEOUT);
}

/** The host boots: nothing runs yet but Pacemaker. */
export function boot(world: World, host: Host): void {
	host.on = true;
	host.clustered = true;
	world.say(host.name, 'power', 'up again, joins the cluster');
	world.changed();
}

/** Cut the replication link, or mend it. */
export function setLink(world: World, up: boolean): void {
	world.link = up;
	world.say('both', 'power', `replication link ${up ? 'mended' : 'cut'}`);
	if (up) {
		connect(world);
	} else {
		setTimeout(() => {
			for (const host of Object.values(world.hosts)) {
				lost(world, host);
			}
		}, PING_TIMEOUT);
	}
}
