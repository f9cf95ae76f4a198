// DRBD's handlers, step by step: fence-peer by the product's verdict, and unfence-peer, which looks before it lifts.
import {FENCE} from '../../../lib/fence/codes.ts';
import {type Move, NAMES, type Name, other} from '../pair.ts';
import {writable, write} from './constraint.ts';
import {answered} from './kernel.ts';
import type {Rules} from './rules.ts';
import {after, type Handler, type Node, ringed, type World} from './world.ts';

export function* handlers(world: World, rules: Rules): Iterable<Move<World>> {
	for (const name of NAMES) {
		const {power, handler, lifting} = world[name];
		if (power === 'on' && handler) {
			yield* fencePeer(world, name, handler, rules);
		}
		if (power === 'on' && lifting) {
			yield* unfence(world, name, rules);
		} else if (rules.tends && leftOver(world[name])) {
			yield after(world, `${name}: monitor finds a constraint and nobody behind`, next => Object.assign(next[name], {lifting: 'looks'}));
		}
	}
}

function look(world: World, name: Name): NonNullable<Handler['seen']> {
	const {drbd, pacemaker, quorum, rule, mark, sees, promoted, handler} = world[name];
	const disk = drbd?.disk === 'UpToDate' || drbd?.disk === 'Consistent' ? drbd.disk : 'bad';
	const local = {disk, role: drbd?.role ?? 'Primary', peerDisk: drbd?.peerDisk === 'Inconsistent' ? 'Inconsistent' : 'unknown'} as const;
	if (!pacemaker) {
		return {...local, cluster: 'absent', quorum: 'no', constraint: 'none', peer: 'unknown', promoted: 'no'};
	}
	const own = handler?.wrote === mark ? 'mine' : 'old';
	const constraint = (rule === '' && 'none') || (rule === name ? own : 'foreign');
	return {...local, cluster: 'running', quorum: quorum ? 'yes' : 'no', constraint, peer: sees, promoted: promoted ? 'yes' : 'no'};
}

function* fencePeer(world: World, name: Name, handler: Handler, rules: Rules): Iterable<Move<World>> {
	const move = (sentence: string, change: (next: World, mine: Handler) => void): Move<World> =>
		after(world, `${name}: fence-peer ${sentence}`, next => change(next, next[name].handler as Handler));
	const {seen, answers, patience} = handler;
	if (!seen) {
		yield move('looks at DRBD and the cluster', (next, mine) => Object.assign(mine, {seen: look(next, name), answers: 'unasked'}));
		return;
	}
	const {step, why} = rules.verdict({...seen, answers, patience});
	if (typeof step === 'number') {
		yield move(`answers ${step}: ${why}`, next => answer(next, name, step));
	} else if (step === 'claim') {
		yield move(`writes the constraint: ${why}`, (next, mine) => claim(next, name, mine));
	} else if (step === 'ask') {
		const yes = ringed(world);
		yield move(yes ? 'hears from the controller of the other node' : 'hears nothing', (next, mine) => {
			Object.assign(mine, {answers: yes ? 'yes' : 'no'});
			if (yes && seen.constraint === 'mine') {
				mine.seen = look(next, name);
			}
		});
	} else {
		yield move(`waits: ${why}`, (_, mine) => Object.assign(mine, {seen: undefined}));
		yield move(`has waited for long: ${why}`, (_, mine) => Object.assign(mine, {seen: undefined, patience: 'gone'}));
	}
}

function claim(world: World, name: Name, handler: Handler): void {
	const {rule, mark} = world[name];
	// As long as it is what was seen.
	const seen = rule === '' ? 'none' : 'old';
	if (rule !== other(name) && handler.seen?.constraint === seen && writable(world, name)) {
		write(world, name, name, {mark: !mark});
		const claimed = handler.claimed || rule === '';
		Object.assign(handler, {claimed, wrote: !mark, answers: 'unasked', seen: {...handler.seen, constraint: 'mine'}});
	} else {
		handler.seen = undefined;
	}
}

const together = ({drbd}: Node): boolean => drbd?.connection === 'Connected' && drbd.disk === 'UpToDate' && drbd.peerDisk === 'UpToDate';

/** Of the Primary. */
const leftOver = (node: Node): boolean =>
	node.power === 'on' && node.pacemaker && node.drbd?.role === 'Primary' && together(node) && node.rule !== '';

function answer(world: World, name: Name, code: Parameters<typeof answered>[2]): void {
	const node = world[name];
	const {handler, rule, mark} = node;
	if (handler?.claimed && together(node)) {
		if (rule === name && mark === handler.wrote && writable(world, name)) {
			write(world, name, '');
		}
		answered(world, name, FENCE.NONE);
	} else {
		answered(world, name, code);
	}
}

/** Look, and then lift what was seen, when nobody is behind: at the end of a resync, or when the monitor tells everything anew. */
function* unfence(world: World, name: Name, rules: Rules): Iterable<Move<World>> {
	const {rule, mark, lifting, pacemaker} = world[name];
	const end = (sentence: string, change: (next: World) => void = () => undefined): Move<World> =>
		after(world, `${name}: unfence ${sentence}`, next => {
			next[name].lifting = '';
			change(next);
		});
	if (lifting === 'looks') {
		const may = rules.together(together(world[name])) && pacemaker && rule !== '';
		yield may
			? after(world, `${name}: unfence finds a constraint and nobody behind`, next =>
					Object.assign(next[name], {lifting: `${rule} ${mark}`}),
				)
			: end('leaves the constraint as it is');
	} else if (rule === '' || lifting !== `${rule} ${mark}`) {
		yield end('finds another constraint, or none');
	} else if (writable(world, name)) {
		yield end('lifts the constraint', next => write(next, name, ''));
	} else {
		yield end('cannot lift the constraint');
	}
}
