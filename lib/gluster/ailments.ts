import type {Seen} from '../cluster/seen.ts';
import {REMEDY} from './bricks.ts';
import {full, homeless} from './dataset.ts';
import {pendingHere} from './heal.ts';
import {sides} from './kept.ts';
import {mountedAs} from './mount.ts';
import type {GlusterParams} from './params.ts';
import {brickProcess, client, daemon} from './process.ts';
import {strangers, type Volume} from './store.ts';

/** How long the keeper may take to start a brick, in milliseconds. */
const REVIVAL = 30_000;

/** Why the resource has failed on this node: what its keeper cannot mend. */
export function broken({volname, mountpoint}: GlusterParams, volume: Volume, seen: Seen | undefined): string | undefined {
	const {here} = sides(volume);
	const lost = here.map(({path}) => homeless(volname, path)).find(why => why !== undefined);
	if (lost !== undefined) {
		return lost;
	}
	if (seen?.words === 'dead' && Date.now() - Date.parse(seen.since) > REVIVAL) {
		const dead = here.find(brick => brickProcess(volume, brick) === undefined);
		return dead && `brick ${dead.host}:${dead.path} does not run: ${seen.says}`;
	}
	if (mountpoint !== '' && mountedAs(mountpoint) === undefined) {
		return `${volname} is not mounted at ${mountpoint} any more`;
	}
	return mountpoint !== '' && !client(mountpoint) ? `the client that serves ${mountpoint} is gone` : undefined;
}

/** What is not as it should be, and is being seen to, or is for people. */
export function ailments(volume: Volume, {words, says, since}: Seen): string[] {
	const {here} = sides(volume);
	const pending = pendingHere(here);
	return [
		...(pending > 0 ? [`${pending} entries of ${volume.name} have to be healed on the other side`] : []),
		...(words === 'together' || words === 'unguarded' ? [] : [`since ${since} ${says}`]),
		...(daemon() === undefined ? [`glusterd does not run: "systemctl start glusterd"`] : []),
		...strangers(volume).map(({host}) => `without its record of peer ${host}, which is gone, glusterd does not start again: ${REMEDY}`),
		...here.flatMap(({path}) =>
			full(path) ? [`the file system of brick ${path} is full: writes fail, and what failed on one side has to be healed`] : [],
		),
	];
}
