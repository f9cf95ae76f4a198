// How much longer everything takes on this machine than it should: what has a limit in a test has that much more of it.
import {spawnSync} from 'node:child_process';

/** What an empty node takes on a machine that does nothing but these tests, at the most, in milliseconds. */
const EMPTY = 120;

/** An empty node costs as much as some rows: it is asked again after this time, in milliseconds. */
const STANDS = 5000;
let measured = {at: Number.NEGATIVE_INFINITY, slowness: 1};

/** How many times slower this machine is now, because it is busy with other things: a timeout is that much longer here. */
export function slowness(): number {
	const begun = performance.now();
	if (begun - measured.at > STANDS) {
		spawnSync(process.execPath, ['-e', '0']);
		const at = performance.now();
		measured = {at, slowness: Math.min(8, Math.max(1, (at - begun) / EMPTY))};
	}
	return measured.slowness;
}
