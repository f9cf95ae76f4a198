import {began, read} from '../host.ts';
import {knock} from '../knock.ts';
import {connections, connectionsOf} from '../sockets.ts';
import type {Kept} from './kept.ts';
import {healer} from './process.ts';
import type {Brick, Volume} from './store.ts';

export const DAEMON = 24_007;
/** How long an address may take to answer, in milliseconds. */
const KNOCK = 1000;
/** So many looks in a row without an answer, and the other side is out of reach. */
const ENOUGH = 2;
/** How long a self-heal daemon may take to find all bricks after its start, in seconds. */
const YOUNG = 15;

/** Seconds since a process began. */
const ageOf = (pid: number): number => Number.parseFloat(read('/proc/uptime') ?? '') - Number(began(pid)) / 100;

/**
 * Do the other host's bricks answer? The self-heal daemon is connected to every brick of its volume, as each client is: its sockets
 * tell where they listen, and whether gluster itself counts them as there. Nothing is asked of glusterd, whose commands hang for as
 * long as a peer is lost without a word (status: over 60 s).
 */
export async function peerAnswers({memory}: Kept, volume: Volume, there: readonly Brick[]): Promise<boolean> {
	const daemon = healer(volume);
	// With its link an address goes from what the host calls its own: who talks to himself has it on both ends.
	const found =
		daemon === undefined
			? []
			: connectionsOf(daemon).filter(({established, local, remote}) => established && remote.port !== DAEMON && remote.host !== local.host);
	const whole = found.length >= there.length;
	if (whole) {
		memory.there = found.map(({remote}) => remote);
	}
	// Nothing is known of them yet: who has a glusterd that answers is not lost.
	const addresses = memory.there.length > 0 ? memory.there : there.map(({host}) => ({host, port: DAEMON}));
	const silent = await Promise.all(addresses.map(address => knock(address, KNOCK, 'no brick')));
	const connected = whole || daemon === undefined || ageOf(daemon) < YOUNG;
	const good = (connected || memory.there.length === 0) && silent.every(why => why === undefined);
	memory.misses = good ? 0 : memory.misses + 1;
	return memory.misses < ENOUGH;
}

/** Every address of the other host that this volume's processes are, or were, connected to; bricks may go by names. */
export function peerHosts({memory}: Kept, there: readonly Brick[]): string[] {
	const others = connections().filter(({local, remote}) => remote.host !== local.host);
	const seen = others.filter(
		({local, remote}) => local.port === DAEMON || remote.port === DAEMON || there.some(({host}) => host === remote.host),
	);
	return [...new Set([...memory.there.map(({host}) => host), ...seen.map(({remote}) => remote.host)])];
}
