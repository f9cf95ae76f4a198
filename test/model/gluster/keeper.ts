// The keeper: one look and one verb at a time, as planned by the product's machine; and what the cluster has to know before and after.
import {leaseText} from '../../../lib/cluster/lease.ts';
import type {Word} from '../../../lib/gluster/states.ts';
import {plan, type Step} from '../../../lib/plan.ts';
import {leaseOf} from '../lease.ts';
import {type Move, NAMES, type Name, other} from '../pair.ts';
import {doubted, set, shown} from './copies.ts';
import type {Rules} from './rules.ts';
import {configure, early, endBrick} from './volume.ts';
import {after, answers, inTalk, type World} from './world.ts';

export function* keepers(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, note, keeper} = world[name];
		if (power === 'on' && note) {
			yield* keeper === '' ? pass(world, name, rules) : STAGES[keeper](world, name, rules);
		}
		yield* silence(world, name, rules);
	}
}

/** How the volume stands, in the keeper's eyes. */
export function word(world: World, name: Name, rules: Rules): Word {
	const {brick, daemon, client, theirs, count, lease} = world[name];
	return rules.wordOf({
		started: true,
		guarded: true,
		brick,
		daemon,
		settled: client === 0 || theirs,
		peer: answers(world, name),
		role: rules.roleOf(leaseOf(lease), name),
		leads: rules.leads(leaseOf(lease), name),
		quorum: count === 2 ? 'both' : 'one',
	});
}

/** Whether a keeper has a brick to end, which is what it does first. */
export function halts(world: World, name: Name, rules: Rules): boolean {
	const {power, note} = world[name];
	return power === 'on' && note && planned(rules, word(world, name, rules))?.type === 'halt';
}

/** After network.ping-timeout clients give a silent brick up. Who needs one copy has its brick ended by then: that takes some seconds. */
function* silence(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const {power, client, theirs} = world[name];
	const late = client === 1 && halts(world, name, rules);
	if (power === 'on' && client > 0 && theirs && !answers(world, name) && !late) {
		yield after(world, `${name}: clients give the brick of ${other(name)} up`, next => Object.assign(next[name], {theirs: false}));
	}
}

const plans = new WeakMap<Rules, Map<Word, Step | undefined>>();

function planned(rules: Rules, here: Word): Step | undefined {
	const known = plans.get(rules) ?? new Map<Word, Step | undefined>();
	plans.set(rules, known);
	if (!known.has(here)) {
		const {machine, goals} = rules;
		known.set(here, plan(machine, machine.resolveState({value: here, context: {}}), goals['keep'] ?? {reach: [], by: []})?.[0]);
	}
	return known.get(here);
}

type Verb = (world: World, name: Name, rules: Rules, does: (change: (next: World) => void) => Move<World>) => Iterable<Move<World>>;

function* pass(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const step = planned(rules, word(world, name, rules));
	const verb = step && VERBS[step.type];
	if (verb) {
		yield* verb(world, name, rules, change => after(world, `${name}: ${step.description}`, change));
	}
}

/** The look of declareBehind; what it saw counts until the lease is written. */
function* declares(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const {pacemaker, sees, lease} = world[name];
	if (pacemaker && leaseOf(lease).current.includes(name) && doubted(name, world[name], sees, rules) === undefined) {
		yield after(world, `${name}: ${other(name)} ${sees}: its copy may be left behind`, next =>
			Object.assign(next[name], {keeper: 'may', asked: sees, read: lease}),
		);
	}
}

const VERBS: Record<string, Verb> = {
	declare: declares,
	*lower(world, name, rules, does) {
		const {told, lease} = world[name];
		if (rules.told(told, lease)) {
			yield does(next => {
				next[name].keeper = 'lowers';
			});
		} else {
			yield* declares(world, name, rules);
		}
	},
	*raise(world, name, _rules, does) {
		// Clients were given the time to find the bricks that came back (SETTLED).
		if (world.met && inTalk(world) && !early(world)) {
			yield does(next => configure(next, name, 2));
		}
	},
	*complete(world, name, rules, does) {
		const nodes = NAMES.map(one => world[one]);
		if (
			world.met &&
			inTalk(world) &&
			answers(world, name) &&
			rules.healed(nodes.map(({blames}) => blames)) &&
			rules.reached(nodes.map(({client}) => client))
		) {
			yield does(next => Object.assign(next[name], {keeper: 'healed', read: world[name].lease}));
		}
	},
	*revive(_world, name, _rules, does) {
		yield does(next => Object.assign(next[name], {brick: true, daemon: true}));
	},
	*halt(_world, name, _rules, does) {
		yield does(next => {
			endBrick(next, name);
			next[name].daemon = false;
		});
	},
};

const STAGES: Record<'may' | 'asks' | 'lowers' | 'drops' | 'healed', (world: World, name: Name, rules: Rules) => Iterable<Move<World>>> = {
	*may(world, name, rules) {
		const {read} = world[name];
		const lease = leaseOf(read);
		const asks = (next: World): void => {
			next[name].keeper = 'asks';
		};
		if (lease.current.length > 1) {
			const change = {before: read, lease: rules.alone(lease, name, 0), done: asks, failed: quits(name)};
			yield* set(world, name, change, rules, `goes on without the copy of ${other(name)}`);
		} else {
			yield after(world, `${name}: the lease says so already`, next => {
				next[name].next = leaseText(lease);
				asks(next);
			});
		}
	},
	*asks(world, name, rules) {
		yield shown(world, name, rules)
			? after(world, `${name}: ${other(name)} knows the lease, or is down`, next =>
					Object.assign(next[name], {keeper: '', told: next[name].next}),
				)
			: after(world, `${name}: writes wait: ${other(name)} does not show the lease`, quits(name));
	},
	*lowers(world, name) {
		yield after(world, `${name}: one copy is enough`, next => {
			// glusterd was told to forget the other one.
			next.met = false;
			configure(next, name, 1);
			next[name].keeper = 'drops';
		});
	},
	*drops(world, name) {
		yield after(world, `${name}: connections with ${other(name)} are dropped`, next =>
			Object.assign(next[name], {keeper: '', theirs: false}),
		);
	},
	*healed(world, name, rules) {
		const before = rules.seen(world[name].read, world[name].lease);
		if (rules.stopped(leaseOf(before))) {
			yield after(world, `${name}: the other node has not said that it is back`, quits(name));
			return;
		}
		const change = {before, lease: rules.whole(leaseOf(before)), done: quits(name), failed: quits(name)};
		yield* set(world, name, change, rules, 'both copies have everything again');
	},
};

const quits =
	(name: Name) =>
	(next: World): void => {
		next[name].keeper = '';
	};
