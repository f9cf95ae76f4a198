import type {Client} from './client.ts';
import {NAMES, type Name} from './host.ts';
import type {Pacemaker} from './pacemaker.ts';
import {strays} from './program.ts';
import type {World} from './world.ts';

/** One promise and whether it was kept, with what shows it. */
export interface Guarantee {
	name: string;
	held: boolean;
	evidence: string;
}

/** What should have come of the story, where stories differ. */
export interface Expected {
	/** Who had to be fenced, and nobody else. */
	fenced: readonly Name[];
	/** Whether the pool is in service at the end. */
	serving: boolean;
}

/** Look back at everything that happened: every guarantee, held or not. */
export function check(world: World, client: Client, manager: Pacemaker, {fenced, serving}: Expected): Guarantee[] {
	const seen = (name: string): string[] => world.broken.filter(({guarantee}) => guarantee === name).map(({text}) => text);
	const never = (name: string, kept: string, kind: string): Guarantee => ({
		name,
		held: seen(kind).length === 0,
		evidence: seen(kind).join('; ') || kept,
	});
	const imports = world.events.filter(({kind, text}) => kind === 'pool' && text.includes('imported')).length;
	const promotions = world.events.filter(({kind, text}) => kind === 'kernel' && text === 'role:Primary').length;
	return [
		never('the pool is never imported twice', times(imports, 'import'), 'one import'),
		never('there are never two Primaries', times(promotions, 'promotion'), 'one Primary'),
		never('the data has one history', 'no split brain', 'one history'),
		records(world, client),
		is('nobody is fenced who should not be', manager.fenced.join() === fenced.join(), `fenced: ${manager.fenced.join(', ') || 'nobody'}`),
		...service(world, manager, serving),
		...programs(world, manager),
		left(world),
	];
}

const times = (count: number, what: string): string => (count === 1 ? `1 ${what}` : `${count} ${what}s, one after the other`);
const is = (name: string, held: boolean, evidence: string): Guarantee => ({name, held, evidence});

function records(world: World, {acknowledged, open}: Client): Guarantee {
	const holder = Object.values(world.hosts).find(({pool}) => pool);
	const best = holder ?? Object.values(world.hosts).sort((a, b) => b.store.data.records.size - a.store.data.records.size)[0];
	const lost = [...acknowledged].filter(number => !best?.store.data.records.has(number));
	const evidence =
		lost.length > 0
			? `${lost.length} of ${acknowledged.size} lost, the first is ${lost[0]}`
			: `${acknowledged.size} records acknowledged and there, ${open.size} were in flight`;
	return is('no acknowledged record is lost', lost.length === 0 && acknowledged.size > 0, evidence);
}

function service(world: World, {holder}: Pacemaker, serving: boolean): Guarantee[] {
	const standing = [...world.cluster.constraints.keys()];
	if (!serving) {
		return [
			is(
				'nobody takes over what is not known to be free',
				!holder || world.hosts[holder].on === false || !world.cluster.history.some(({status}) => status === 'failed'),
				holder ? `held by ${holder}` : 'the pool is imported nowhere',
			),
		];
	}
	const synced = NAMES.every(name => world.hosts[name].resource?.disk === 'UpToDate');
	return [
		is('the pool is in service', holder !== undefined, holder ? `on ${holder}` : 'nowhere'),
		is('both sides are in sync again', synced, NAMES.map(name => `${name} ${world.hosts[name].resource?.disk ?? 'down'}`).join(', ')),
		is('the constraint of the handler is lifted', standing.length === 0, standing.join(', ') || 'none is left'),
	];
}

function programs(world: World, {failed}: Pacemaker): Guarantee[] {
	const late = world.ended.filter(ended => ended.late);
	const [slowest] = world.ended.filter(({cut}) => !cut).sort((a, b) => b.ms - a.ms);
	const bad = failed.map(({host, label, exit, reason}) => `${label} on ${host} ended with ${exit}: ${reason}`);
	const count = world.ended.length;
	return [
		is(
			'every program answers in time',
			late.length === 0,
			late.length > 0 ? late.map(({label}) => label).join(', ') : `${count} runs, the slowest ${slowest?.label} with ${slowest?.ms} ms`,
		),
		is('every program does what it was asked', bad.length === 0, bad.join('; ') || `${world.asked.length} tool calls behind them`),
	];
}

function left(world: World): Guarantee {
	const children = [...world.ended.flatMap(({label, left: still}) => still.map(name => `${label}: ${name}`)), ...strays(world)];
	return is('no child is left behind', children.length === 0, children.join(', ') || 'none in any process group');
}
