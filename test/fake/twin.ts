// Two simulated hosts for one test: the built programs run on them, one world a test, nothing shared.
import {setTimeout as pause} from 'node:timers/promises';
import {keepFiles} from '../../lib/demo/files.ts';
import {type Host, NAMES} from '../../lib/demo/host.ts';
import {adjust, primary} from '../../lib/demo/kernel.ts';
import {ocf} from '../../lib/demo/operation.ts';
import {type Ended, killAllOn, runProgram, strays} from '../../lib/demo/program.ts';
import {listen} from '../../lib/demo/tool.ts';
import {type Options, World} from '../../lib/demo/world.ts';

export interface Twin {
	world: World;
	alpha: Host;
	bravo: Host;
	/** One operation of an agent; a parameter that is undefined is not given at all. */
	act(host: Host, agent: 'drbd' | 'zpool', action: string, more?: Act): Promise<Ended>;
	/** One DRBD handler. */
	handle(host: Host, event: string, args: string[], env: Record<string, string>): Promise<Ended>;
}

/** A shell line of a capture as argv: quotes only, nothing else was used. */
export const argvOf = (line: string): string[] =>
	[...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');

export interface Act {
	params?: Record<string, string | undefined>;
	env?: Record<string, string>;
	/** The operation's timeout in milliseconds. */
	timeout?: number;
	/** Of a recurring monitor; a probe has none. */
	interval?: number;
}

/** How far the hosts have come before the test begins. */
export type Stage = 'down' | 'up' | 'promoted' | 'imported';

/** Run a test on two hosts, and take everything away afterwards; says what was left behind. */
export async function twin<T>(
	stage: Stage,
	work: (hosts: Twin) => Promise<T>,
	options: Partial<Options> = {},
): Promise<T & {strays: string[]}> {
	const world = new World(options);
	const close = listen(world);
	const {alpha, bravo} = world.hosts;
	try {
		keepFiles(world);
		await reach(world, stage);
		const result = await work({world, alpha, bravo, act: (...how) => act(world, ...how), handle: (...how) => handle(world, ...how)});
		return {...result, strays: await settledStrays(world)};
	} finally {
		for (const name of NAMES) {
			killAllOn(world.hosts[name]);
		}
		close();
		world.remove();
	}
}

async function settledStrays(world: World): Promise<string[]> {
	for (let tries = 0; tries < 10 && strays(world).length > 0; tries += 1) {
		await pause(50);
	}
	return strays(world);
}

async function reach(world: World, stage: Stage): Promise<void> {
	const {alpha, bravo} = world.hosts;
	if (stage === 'down') {
		return;
	}
	adjust(world, alpha);
	adjust(world, bravo);
	while (alpha.resource?.connection !== 'Connected') {
		await pause(10);
	}
	if (stage !== 'up') {
		await primary(world, alpha);
	}
	if (stage === 'imported' && alpha.store.data.label) {
		alpha.pool = 'ONLINE';
		alpha.store.data.label = {...alpha.store.data.label, state: 'active'};
		bravo.store.data.label = alpha.store.data.label;
		world.changed();
	}
}

function act(
	world: World,
	host: Host,
	agent: 'drbd' | 'zpool',
	action: string,
	{params = {}, env = {}, timeout = 20_000, interval = 0}: Act = {},
): Promise<Ended> {
	const given = {...ocf(host, agent === 'drbd' ? 'vmstore' : 'tank', action, timeout, interval), ...env};
	for (const [name, value] of Object.entries(params)) {
		if (value === undefined) {
			delete given[`OCF_RESKEY_${name}`];
		} else {
			given[`OCF_RESKEY_${name}`] = value;
		}
	}
	return runProgram(world, host, `usr/lib/ocf/resource.d/twinpool/${agent}`, {
		kind: 'program',
		label: `${agent} ${action}`,
		args: [action],
		env: given,
		timeout,
		grace: 5000,
	});
}

const handle = (world: World, host: Host, event: string, args: string[], env: Record<string, string>): Promise<Ended> =>
	runProgram(world, host, `usr/lib/drbd/twinpool-${event}`, {kind: 'handler', label: event, args, env, timeout: 60_000});
