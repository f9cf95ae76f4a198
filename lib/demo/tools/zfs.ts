import type {Host} from '../host.ts';
import type {Answer, Tool} from '../tool.ts';
import {POOL, type World} from '../world.ts';

const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
/** Milliseconds of an import and an export; a real one reads the whole configuration and replays the intent log. */
const IMPORT = 120;
const EXPORT = 60;

/** What follows options that take a value is no word of its own. */
const words = (args: string[]): string[] =>
	args.filter((arg, index) => !(arg.startsWith('-') || /^-[a-zA-Z]*[cdoRTtN]$/u.test(args[index - 1] ?? '')));
const values = (args: string[], option: string): string[] => args.filter((_, index) => args[index - 1] === option);

/** `zpool import|export|list|status`. */
export const zpool: Tool = (world, host, {args: [verb = '', ...args]}) => {
	switch (verb) {
		case 'import':
			return importPool(world, host, args);
		case 'export':
			return exportPool(world, host, words(args)[0] ?? '');
		case 'list':
			return host.pool ? {exit: 0, stdout: `${POOL}\n`} : {exit: 1, stderr: `cannot open '${words(args).at(-1)}': no such pool\n`};
		case 'status':
			return host.pool
				? {exit: 0, stdout: `  pool: ${POOL}\n state: ${host.pool}\n`}
				: {exit: 1, stderr: `cannot open '${words(args).at(-1)}': no such pool\n`};
		case 'set':
		case 'wait':
			return {exit: 0};
		default:
			return {exit: 2, stderr: `unrecognized command '${verb}'\n`};
	}
};

/** The devices that a search finds: only a Primary's can be opened. */
function visible(world: World, host: Host, args: string[]): boolean {
	const named = values(args, '-d');
	const looked = named.length === 0 || named.some(path => /^\/dev(\/drbd0|\/drbd\/by-(res|disk)\/.*)?\/?$/u.test(path));
	return (
		looked &&
		host.resource?.role === 'Primary' &&
		host.store.data.label !== undefined &&
		(world.options.allowTwoPrimaries || !host.resource.frozen)
	);
}

async function importPool(world: World, host: Host, args: string[]): Promise<Answer> {
	const [name = ''] = words(args);
	if (name === POOL && host.pool) {
		return {
			exit: 1,
			stderr: `cannot import '${name}': a pool with that name already exists\nuse the form 'zpool import <pool | id> <newpool>' to give it a new name\n`,
		};
	}
	const {label} = host.store.data;
	if (name !== POOL || !label || !visible(world, host, args)) {
		return {exit: 1, stderr: `cannot import '${name}': no such pool available\n`};
	}
	if (label.state === 'active' && label.hostid !== host.hostid && !args.some(arg => /^-[a-zA-Z]*f/u.test(arg))) {
		return {
			exit: 1,
			stderr: `cannot import '${name}': pool was previously in use from another system.\nLast accessed by ${label.hostname} (hostid=${label.hostid.toString(16)}) at Sun Nov 22 15:10:00 2026\nThe pool can be imported, use 'zpool import -f' to import the pool.\n`,
		};
	}
	const {resource} = host;
	await wait(IMPORT);
	if (!host.on || host.resource !== resource || resource?.role !== 'Primary') {
		return {exit: 1, stderr: `cannot import '${name}': I/O error\n`};
	}
	host.pool = 'ONLINE';
	relabel(world, host, {...label, state: 'active', txg: label.txg + 10, hostid: host.hostid, hostname: host.name});
	world.say(host.name, 'pool', `${POOL} imported${args.includes('-f') ? ' with -f' : ''}`);
	world.changed();
	return {exit: 0};
}

async function exportPool(world: World, host: Host, name: string): Promise<Answer> {
	const {label} = host.store.data;
	if (name !== POOL || !host.pool || !label) {
		return {exit: 1, stderr: `cannot open '${name}': no such pool\n`};
	}
	if (world.busy) {
		return {exit: 1, stderr: `cannot export '${name}': pool is busy\n`};
	}
	await wait(EXPORT);
	relabel(world, host, {...label, state: 'exported', txg: label.txg + 5});
	host.pool = undefined;
	world.say(host.name, 'pool', `${POOL} exported`);
	world.changed();
	return {exit: 0};
}

/** A label is written like any other block: here, and at the peer while it is in sync. */
function relabel(world: World, host: Host, label: Host['store']['data']['label']): void {
	host.store.data.label = label;
	const peer = world.peer(host);
	if (host.resource?.connection === 'Connected' && peer.resource && peer.resource.disk !== 'Diskless') {
		peer.store.data.label = label;
	}
}

/** `zfs list|get|mount|load-key`: a pool with one file system and nothing unusual. */
export const zfs: Tool = (_world, host, {args}) => {
	if (!host.pool) {
		return {exit: 1, stderr: `cannot open '${words(args).at(-1)}': dataset does not exist\n`};
	}
	return {exit: 0, stdout: args[0] === 'list' && !args.includes('volume') ? `${POOL}\n` : ''};
};

/** `zdb -l DEVICE`: nobody needs it here; the labels are on the devices. */
export const zdb: Tool = () => ({exit: 2, stderr: 'failed to unpack label 0\n'});
