/** `twinpool bench`, as an admin has it, on what `configure` made: beside a local pool, and beside what the seed's own lines make. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Figures} from '../../lib/cli/bench-fio.ts';
import type {Bench, Measured} from '../../lib/cli/bench-report.ts';
import {reports} from './drilled.ts';
import {type Layout, layouts, mounted, quiet} from './layouts.ts';
import {dist} from './package.ts';
import {dropPlain, LOCAL, makePlain, PLAIN} from './plain.ts';
import {say} from './report.ts';
import {ask, put} from './ssh.ts';

/** Seconds. */
const LIMIT = 1200;
/** Each of the three places is the first one twice. */
const ROUNDS = 6;
/** Of the plain one's. Rounds of the same thing differ by a factor of 1.1 to 4 in these nodes. */
const NOISE = 0.8;

const shown = ({iops, latency, ratio}: Measured): string =>
	`${iops.toFixed(0)} IOPS, ${latency.mean.toFixed(1)} ms, p99 ${latency.p99?.toFixed(1) ?? '?'} ms${ratio ? ` (${ratio.iops.toFixed(2)} of local)` : ''}`;
const spread = (rounds: readonly Figures[]): string => rounds.map(({iops}) => iops.toFixed(0)).join(' ');

/** What `configure` wrote is at least as fast as the plain one, or as near as can be told. */
export async function benched(layout: Layout): Promise<void> {
	await quiet(layout);
	const [here = 'alpha'] = await mounted(layout);
	const {mount, name} = layouts[layout];
	const drills = await reports(layout);
	for (const [index, text] of drills.entries()) {
		await put(here, `/root/drill-${index}.json`, text);
	}
	try {
		await makePlain(layout, here);
		const known = drills.map((_, index) => `--drill /root/drill-${index}.json`).join(' ');
		const call = `twinpool bench ${LOCAL} ${mount} ${PLAIN} --runtime 5 --rounds ${ROUNDS} --size 128 --yes --json ${known}`;
		const {stdout, stderr, exit} = await ask(here, call, LIMIT);
		if (exit !== 0) {
			throw new Error(`${here}: exit ${exit}: ${stdout}${stderr}`);
		}
		judge(JSON.parse(stdout) as Bench, layout, name);
		const folder = join(dist, 'lab', 'bench');
		await mkdir(folder, {recursive: true});
		await writeFile(join(folder, `${layout}.json`), stdout);
	} finally {
		await dropPlain(layout, here);
	}
	await quiet(layout);
}

function judge({rows, fio}: Bench, layout: Layout, name: string): void {
	say(`  ${fio}, 4k at random, writes synced, 8 at a time`);
	for (const row of rows) {
		say(`  ${row.name} (${row.layout}): read ${shown(row.read)}; write ${shown(row.write)}`);
		say(`    IOPS by round: read ${spread(row.read.rounds)}; write ${spread(row.write.rounds)}`);
	}
	const [local, ours, plain] = rows;
	if (local?.layout !== 'local' || ours?.name !== name || ours.layout !== layout || plain?.layout !== layout) {
		throw new Error(JSON.stringify(rows.map(row => [row.name, row.layout])));
	}
	const ratios = {read: ours.read.iops / plain.read.iops, write: ours.write.iops / plain.write.iops};
	say(`  as configured, in the plain one's IOPS: read ${ratios.read.toFixed(2)}, write ${ratios.write.toFixed(2)}`);
	if (!(ratios.read > NOISE && ratios.write > NOISE)) {
		throw new Error(`slower than the plain one: read ${ratios.read.toFixed(2)}, write ${ratios.write.toFixed(2)}`);
	}
}
