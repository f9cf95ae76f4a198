import type {Lease} from '../cluster/lease.ts';
import type {Lifecycle} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {guarded, type Kept, leads, quorumOf, roleOf, settled, sides} from './kept.ts';
import {peerAnswers} from './peer.ts';
import {brickProcess, daemon, held} from './process.ts';
import {type Facts, wordOf} from './states.ts';
import {type Volume, volumeNamed} from './store.ts';
import {act} from './verbs.ts';

/** One volume on this node, with the lease as its caller knows it. */
export interface Copy {
	kept: Kept;
	lease: Lease | undefined;
}

const NO_VOLUME: Volume = {name: '', id: '', started: false, replica: 0, arbiters: 0, options: new Map(), bricks: []};
export const volumeOf = ({volume}: Kept): Volume => volumeNamed(volume) ?? NO_VOLUME;

/** A volume of two copies on this node, seen through glusterd's own files, /proc and its bricks' ports. */
export const copy: Lifecycle<Copy, Facts> = {
	goals: {keep: {reach: ['Kept'], by: ['declare', 'lower', 'raise', 'complete', 'revive', 'halt']}},
	async observe({kept, lease}) {
		const volume = volumeOf(kept);
		const {here, there} = sides(volume);
		const {me} = kept.note;
		const peer = await peerAnswers(kept, volume, there);
		return {
			started: volume.started,
			guarded: guarded(volume),
			brick: here.every(brick => brickProcess(volume, brick) !== undefined),
			daemon: daemon() !== undefined && !held(),
			peer,
			settled: settled(kept.memory),
			role: roleOf(lease, me),
			leads: leads(lease, me),
			quorum: quorumOf(volume),
		};
	},
	async resolve(facts) {
		const {machine} = await import('./machine.ts');
		return {machine, value: wordOf(facts), context: {}};
	},
	act: (verb, {kept}, _facts, deadline) => act(verb, kept, volumeOf(kept), deadline),
	refusal: (goal, facts, {kept}) => new OcfError(OCF.ERR_GENERIC, `no way to ${goal} ${kept.volume}: it is ${wordOf(facts)}`),
};
