import {parseArgs} from 'node:util';
import type {Level} from '../watch/item.ts';
import {levelOf} from '../watch/item.ts';
import {everything} from '../watch/look.ts';
import {screen} from '../watch/screen.ts';
import {view} from '../watch/view.ts';

/** Exit codes: something that is wrong tells more than something that cannot be seen. */
export const EXIT: Record<Level, number> = {well: 0, ill: 1, unknown: 2};
/** Where nobody says how wide it may be. */
const WIDTH = 120;

/** `twinpool status [--json]`: 0 all is well, 1 something is not, 2 it cannot be told. */
export async function status(argv: string[]): Promise<number> {
	const {values} = parseArgs({args: argv, options: {json: {type: 'boolean', default: false}}});
	const seen = view(await everything());
	if (seen.items.length === 0) {
		throw new Error('nothing of it is here: no cluster, no DRBD, no ZFS, no leg, no Gluster volume, no libvirt');
	}
	const terminal = process.stdout.isTTY === true;
	const lines = screen(seen, {
		columns: terminal ? process.stdout.columns : WIDTH,
		colour: terminal && !process.env['NO_COLOR'],
		rows: terminal ? Number.POSITIVE_INFINITY : undefined,
	});
	process.stdout.write(values.json ? `${JSON.stringify({level: levelOf(seen), ...seen})}\n` : `${lines.join('\n')}\n`);
	return EXIT[levelOf(seen)];
}
