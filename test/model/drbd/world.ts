import type {Connection, Disk, Role} from '../../../lib/drbd/states.ts';
import type {Situation} from '../../../lib/fence/verdict.ts';
import {type After, type Bounds, inTouch, type Member, NAMES, type Name, other, type Pair, wired} from '../pair.ts';

/** One resource in one kernel, in the words of the product's machine. */
export interface Drbd {
	role: Exclude<Role, 'Unknown'>;
	disk: Disk;
	connection: Connection;
	peerRole: Role;
	peerDisk: Disk;
	/** I/O waits until fence-peer has given an answer that the kernel takes. */
	held: boolean;
}

/** What an action of the cluster manager is after: a goal of the product's, or a verb of the guests. */
export type Action = 'start' | 'promote' | 'demote' | 'stop' | 'import' | 'export';

/** One run of fence-peer. It goes by what it saw at its last look, which may be long ago. */
export interface Handler extends Pick<Situation, 'role' | 'answers' | 'patience'> {
	seen: Omit<Situation, 'answers' | 'patience'> | undefined;
	/** It placed the constraint, where none stood; and the mark that it wrote one with. */
	claimed: boolean;
	wrote: boolean | undefined;
	/** The resource was taken down meanwhile: the kernel does not wait for the answer any more. */
	orphan: boolean;
}
export const asking = (role: Handler['role']): Handler => ({
	role,
	answers: 'unasked',
	patience: 'left',
	seen: undefined,
	claimed: false,
	wrote: undefined,
	orphan: false,
});

export interface Node extends Member {
	/** The history of what was written here: a letter a write, by whom; a capital for a Primary that went on without its peer. */
	data: string;
	/** What DRBD's metadata says of this disk, and whether they say that the peer is behind. */
	quality: 'UpToDate' | 'Outdated' | 'Inconsistent';
	alone: boolean;
	/** Who imported the pool last and did not export it, by the label on this disk. */
	owner: Name | '';

	drbd: Drbd | undefined;
	/** fence-peer runs: asked by a Primary that lost its peer, or by a promotion. */
	handler: Handler | undefined;
	/** Somebody is about to look whether the constraint may go, or has looked, and found that this one may; `old`: which is gone meanwhile. */
	lifting: '' | 'looks' | 'old' | `${Name} ${boolean}`;
	pool: boolean;
	guests: boolean;
	action: Action | '';
	/** Somebody wants the pool, or everything, away from this node. */
	leaving: '' | 'pool' | 'all';

	/** The other one's DRBD is on record as promoted, and its pool as imported. */
	promoted: boolean;
	imported: boolean;
	/** This copy of the CIB: who alone may be promoted, and the mark of whoever wrote it last: every time the other one of two. */
	rule: Name | '';
	mark: boolean;
}

/** `acked`: the history as of the newest acknowledged write, from where the disks differ. */
export type World = Pair<Node>;

/** Both sides are in step, the pool and its guests are on alpha. */
export function healthy({writes, faults}: Bounds): World {
	const node = (name: Name): Node => ({
		power: 'on',
		data: '',
		quality: 'UpToDate',
		alone: false,
		owner: 'alpha',
		drbd: {
			role: name === 'alpha' ? 'Primary' : 'Secondary',
			disk: 'UpToDate',
			connection: 'Connected',
			peerRole: name === 'alpha' ? 'Secondary' : 'Primary',
			peerDisk: 'UpToDate',
			held: false,
		},
		handler: undefined,
		lifting: '',
		pool: name === 'alpha',
		guests: name === 'alpha',
		action: '',
		leaving: '',
		pacemaker: true,
		quorum: true,
		sees: 'member',
		promoted: name === 'bravo',
		imported: name === 'bravo',
		rule: '',
		mark: false,
		edits: 0,
		booted: false,
	});
	return {storage: true, link: true, acked: '', writes, faults, alpha: node('alpha'), bravo: node('bravo')};
}

const copyNode = (node: Node): Node => ({
	...node,
	drbd: node.drbd && {...node.drbd},
	handler: node.handler && {...node.handler, seen: node.handler.seen && {...node.handler.seen}},
});
const copy = (world: World): World => ({...world, alpha: copyNode(world.alpha), bravo: copyNode(world.bravo)});

/** The world after a change. */
export const after: After<World> = (world, sentence, change) => {
	const next = copy(world);
	change(next);
	forget(next);
	remark(next);
	return [sentence, next];
};

/** What every disk that is good for anything has is history: a world is the same without it. */
function forget(world: World): void {
	for (const name of NAMES) {
		if (world[name].quality === 'Inconsistent') {
			world[name].data = world[other(name)].data;
		}
	}
	const {alpha, bravo} = world;
	let shared = 0;
	while (shared < alpha.data.length && alpha.data[shared] === bravo.data[shared]) {
		shared += 1;
	}
	alpha.data = alpha.data.slice(shared);
	bravo.data = bravo.data.slice(shared);
	world.acked = world.acked.slice(shared);
}

/** Which of the two marks is which does not matter. */
function remark(world: World): void {
	if (!world.alpha.mark) {
		return;
	}
	for (const name of NAMES) {
		const {mark, lifting, handler} = world[name];
		Object.assign(world[name], {mark: !mark, lifting: turned(lifting)});
		if (handler?.wrote !== undefined) {
			handler.wrote = !handler.wrote;
		}
	}
}

function turned(lifting: Node['lifting']): Node['lifting'] {
	const [rule, mark] = lifting.split(' ');
	return mark === undefined ? lifting : `${rule as Name} ${mark === 'false'}`;
}

/** Both are in one membership of corosync's: a message of one reaches the other one, after all that were sent before. */
export const ringed = (world: World): boolean =>
	inTouch(world) && NAMES.every(name => world[name].sees === 'member' || world[name].sees === 'joining');
/** A connection that both kernels have, over a link that works. */
export const connected = (world: World): boolean => wired(world) && NAMES.every(name => world[name].drbd?.connection === 'Connected');
