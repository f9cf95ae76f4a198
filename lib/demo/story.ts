import {check, type Expected, type Guarantee} from './check.ts';
import {Client} from './client.ts';
import {keepFiles} from './files.ts';
import {NAMES, type Name, other} from './host.ts';
import {Pacemaker} from './pacemaker.ts';
import {cut, setLink} from './power.ts';
import {killAllOn} from './program.ts';
import {listen} from './tool.ts';
import {type Options, World} from './world.ts';

/** What may go wrong besides the power cut. */
export const FAULTS = {
	power: 'the holder loses its power, with writes in flight',
	link: 'only the replication link is cut, and mended',
	stonith: 'the holder loses its power and STONITH fails: nobody may take over',
} as const;
export type FaultName = keyof typeof FAULTS;

export interface Told {
	guarantees: Guarantee[];
	/** Milliseconds without an acknowledged write, by what caused them. */
	stalls: Record<string, number>;
	/** Milliseconds of the whole. */
	took: number;
}

interface Scene {
	world: World;
	manager: Pacemaker;
	client: Client;
	stalls: Record<string, number>;
	/** Steps that did not come. */
	missed: string[];
}

/** How long the client writes in peace. */
const PEACE = 600;
/** How long nobody takes over when STONITH fails. */
const DARK = 4000;

/** One story from an empty cluster to the verdict. `watch` is called with the world before anything happens. */
export async function tell(fault: FaultName, options: Partial<Options>, watch: (world: World) => void): Promise<Told> {
	const world = new World(options);
	const clear = (): void => {
		for (const name of NAMES) {
			killAllOn(world.hosts[name]);
		}
		world.remove();
	};
	const interrupted = (signal: NodeJS.Signals): void => {
		clear();
		process.kill(process.pid, signal);
	};
	process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
	watch(world);
	world.cluster.onConstraint = (what, id) => world.say('both', 'cluster', `constraint ${id} ${what}`);
	const close = listen(world);
	try {
		keepFiles(world);
		const scene: Scene = {world, manager: new Pacemaker(world), client: new Client(world), stalls: {}, missed: []};
		const expected = await play(fault, scene);
		await scene.client.stop();
		await scene.manager.end();
		// Handlers that the kernel started end by themselves; what stays counts as left behind.
		await quiet(world);
		return {guarantees: [happened(scene), ...check(world, scene.client, scene.manager, expected)], stalls: scene.stalls, took: world.now()};
	} finally {
		process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
		clear();
		close();
	}
}

const STORIES: Record<FaultName, (scene: Scene) => Promise<Expected>> = {
	async power(scene) {
		const {world, manager, client} = scene;
		const first = await inService(scene);
		const second = other(first);
		client.mark();
		cut(world, world.hosts[first]);
		await until(scene, `${second} takes over and is written to`, () => manager.holder === second && written(scene));
		scene.stalls['power cut'] = client.mark();
		await until(scene, `${first} is back, in sync, and the constraint lifted`, () => settled(scene));
		await pause(PEACE / 2);
		manager.standby(second, true);
		client.mark();
		await until(scene, `${first} has the pool back and is written to`, () => manager.holder === first && written(scene));
		scene.stalls['planned move'] = client.mark();
		manager.standby(second, false);
		await until(scene, 'both are in sync and no constraint stands', () => settled(scene));
		return {fenced: [first], serving: true};
	},
	async link(scene) {
		const {world, client} = scene;
		await inService(scene);
		client.mark();
		setLink(world, false);
		await until(scene, 'the handler places its constraint and writes go on', () => world.cluster.constraints.size > 0 && written(scene));
		scene.stalls['link cut'] = client.mark();
		await pause(PEACE);
		setLink(world, true);
		await until(scene, 'both are in sync and no constraint stands', () => settled(scene));
		return {fenced: [], serving: true};
	},
	async stonith(scene) {
		const {world, manager} = scene;
		const first = await inService(scene);
		manager.stonithWorks = false;
		cut(world, world.hosts[first]);
		await pause(DARK);
		return {fenced: [], serving: false};
	},
};

/** Both sides up, one promoted, the pool imported, a client writing. */
async function inService(scene: Scene): Promise<Name> {
	const {manager, client} = scene;
	await until(scene, 'the pool is in service', () => manager.holder !== undefined);
	client.start();
	await until(scene, 'a client writes', () => client.acknowledged.size > 0);
	await pause(PEACE);
	return manager.holder ?? 'alpha';
}

/** A record was acknowledged from now on. */
function written({client, world, manager}: Scene): boolean {
	const holder = manager.holder && world.hosts[manager.holder];
	return holder?.pool === 'ONLINE' && client.since(holder.name);
}

const settled = ({world, manager}: Scene): boolean =>
	NAMES.every(name => world.hosts[name].resource?.disk === 'UpToDate' && world.hosts[name].resource?.connection === 'Connected') &&
	world.cluster.constraints.size === 0 &&
	manager.idle;

async function quiet({hosts, options}: World): Promise<void> {
	const end = performance.now() + options.patience;
	while (Object.values(hosts).some(({groups}) => groups.size > 0) && performance.now() < end) {
		await pause(10);
	}
}

/** The story cannot go on. */
class Missed extends Error {}

/** @throws {Missed} when it does not come */
async function until({missed, world}: Scene, what: string, met: () => boolean): Promise<void> {
	const end = performance.now() + world.options.patience;
	while (!met()) {
		if (performance.now() > end) {
			missed.push(what);
			throw new Missed(what);
		}
		await pause(10);
	}
}

/** Play it to its end, or as far as it comes. */
async function play(fault: FaultName, scene: Scene): Promise<Expected> {
	try {
		return await STORIES[fault](scene);
	} catch (error) {
		if (error instanceof Missed) {
			return {fenced: scene.manager.fenced, serving: fault !== 'stonith'};
		}
		throw error;
	}
}

const happened = ({missed}: Scene): Guarantee => ({
	name: 'the failover comes to its end',
	held: missed.length === 0,
	evidence: missed.length > 0 ? `did not come: ${missed.join('; ')}` : 'every step came by itself',
});

const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
