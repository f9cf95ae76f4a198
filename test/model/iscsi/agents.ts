// The agents' start and stop, the leg's and the pool's: one step at a time, anything may come between.
import {leaseText} from '../../../lib/cluster/lease.ts';
import {leaseOf} from '../lease.ts';
import {type Move, NAMES, type Name, other, united} from '../pair.ts';
import {doubted, ours, peerOf, set, shown} from './copies.ts';
import {half, imported, inReach, serves} from './halves.ts';
import type {Rules} from './rules.ts';
import {after, carries, loggedIn, type Node, POOL, type Step, type World} from './world.ts';

export function* agents(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, action} = world[name];
		if (power === 'on' && action) {
			yield* STEPS[action](world, name, rules);
		}
	}
}

/** The cluster hears what became of an action: as things are now. */
export function ended(world: World, name: Name): void {
	world[name].action = '';
	if (united(world)) {
		world[other(name)].active = world[name].pool || world[name].note;
	}
}

/** A start that was refused leaves this host as a leg of the other node, as it was. */
const undo =
	(name: Name) =>
	(next: World): void => {
		Object.assign(next[name], {offered: true, session: 'none'});
		ended(next, name);
	};
const refused = (world: World, name: Name, why: string): Move<World> => after(world, `${name}: start is refused: ${why}`, undo(name));
const goesOn = (world: World, name: Name, sentence: string, change: Partial<Node>): Move<World> =>
	after(world, `${name}: ${sentence}`, next => Object.assign(next[name], change));

/** What is known of the lease's holder, where that is another node. */
const holder = (name: Name, node: Node, lease: string, rules: Rules) => {
	const {holder: has} = leaseOf(lease);
	return has === undefined || has === name ? undefined : (rules.judge(peerOf(name, node)) ?? {down: false, why: 'nothing is known'});
};

const STEPS: Record<Step, (world: World, name: Name, rules: Rules) => Iterable<Move<World>>> = {
	*asks(world, name, rules) {
		const node = world[name];
		if (!node.pacemaker) {
			yield refused(world, name, 'the cluster does not answer');
		} else if (holder(name, node, node.lease, rules)?.down === false) {
			yield refused(world, name, `${other(name)} holds the lease and is not known to be down`);
		} else {
			yield goesOn(world, name, 'its half is not offered any more', {
				action: 'logs in',
				offered: false,
				asked: node.sees,
				read: node.lease,
			});
		}
	},
	*'logs in'(world, name) {
		yield carries(world, name)
			? goesOn(world, name, 'logs in to the other half', {action: 'compares', session: 'LOGGED_IN'})
			: goesOn(world, name, 'the other half is not in reach', {action: 'compares'});
	},
	*compares(world, name, rules) {
		const node = world[name];
		const halves = inReach(world, name).map(one => half(world, one));
		const said = rules.grant({
			me: name,
			pool: POOL,
			poolGuid: '1',
			leaves: NAMES.map(guid => ({guid, path: `/dev/${guid}`})),
			halves,
			lease: leaseOf(node.read),
			// As it was known when the start began.
			holder: holder(name, {...node, sees: node.asked}, node.read, rules),
			override: undefined,
		});
		if ('refused' in said) {
			yield refused(world, name, said.refused);
			return;
		}
		const alone = leaseOf(node.read).current.some(one => !said.next.current.includes(one));
		const why = alone ? doubted(name, node, node.asked, rules) : undefined;
		if (why !== undefined) {
			yield refused(world, name, why);
			return;
		}
		const session = said.apart.length > 0 || halves.length === 1 ? 'none' : node.session;
		yield goesOn(world, name, `start is granted: ${said.why}`, {action: 'sets', session, next: leaseText(said.next)});
	},
	*sets(world, name, rules) {
		const {read, next: text} = world[name];
		const lease = leaseOf(text);
		const alone = leaseOf(read).current.some(one => !lease.current.includes(one));
		const done = (next: World): void => {
			Object.assign(next[name], alone ? {action: 'shows'} : {action: 'imports', note: true});
		};
		yield* set(world, name, {before: read, lease, done, failed: undo(name)}, rules, 'takes the lease');
	},
	*shows(world, name, rules) {
		yield shown(world, name, rules)
			? goesOn(world, name, `${other(name)} is asked: it knows the lease, or is down`, {action: 'imports', note: true})
			: refused(world, name, `${other(name)} does not show the lease`);
	},
	*imports(world, name) {
		// Over a session that is lost an import waits, until the keeper lets that go.
		if (world[name].session === 'none' || loggedIn(world, name)) {
			yield after(world, `${name}: the pool is imported`, next => {
				imported(next, name);
				ended(next, name);
			});
		}
	},
	*exports(world, name) {
		if (serves(world, name) || !world[name].pool) {
			yield goesOn(world, name, 'the pool is exported', {pool: false, note: false, keeper: '', known: false, action: 'lays down'});
		}
	},
	*'lays down'(world, name, rules) {
		const node = world[name];
		const halves = new Map(inReach(world, name).map(one => [one as string, half(world, one).txg]));
		const done = (next: World): void => {
			Object.assign(next[name], {offered: true, session: 'none', mine: 'out', leg: 'out'});
			ended(next, name);
		};
		if (ours(name, node)) {
			const lease = rules.laidDown(leaseOf(node.lease), halves);
			yield* set(world, name, {before: node.lease, lease, done, failed: done}, rules, 'lays the lease down');
		} else {
			yield after(world, `${name}: the lease is not this node's`, done);
		}
	},
};
