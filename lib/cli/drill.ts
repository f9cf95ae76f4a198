import {parseArgs} from 'node:util';
import {readCib} from '../cluster/cib.ts';
import {whoAmI} from '../cluster/ground.ts';
import {movedWith, obstacles} from '../cluster/preflight.ts';
import {deadlineOf} from '../deadline.ts';
import {unreplicated} from '../fence/replicated.ts';
import {POOL} from '../vdev/pool.ts';
import {play, type Wanted} from './drill-play.ts';
import {summary} from './drill-report.ts';
import {plain} from './plain.ts';
import {insisted} from './question.ts';

/** How long one look may take, in milliseconds. */
const LOOK = 30_000;

/** `twinpool drill POOL`: 0 it went well (or would), 1 something is in the way or went wrong. */
export async function drill(argv: string[]): Promise<number> {
	const wanted = parsed(argv);
	const {pool} = wanted;
	const deadline = deadlineOf(LOOK, performance.now());
	const cib = await readCib(deadline);
	const moved = movedWith(cib, pool);
	if (!moved) {
		throw new Error(`no resource of the cluster has pool ${pool}: ocf:twinpool:zpool or ocf:heartbeat:ZFS with pool=${pool}`);
	}
	const found = [...obstacles(cib, moved), ...(await unreplicated(pool, cib, deadline))];
	const {holder = '', other = ''} = moved;
	if (found.length > 0 || wanted.check) {
		const words =
			found.length > 0 ? found.map(one => `${pool}: ${one}`).join('\n') : `${pool}: nothing is in the way from ${holder} to ${other}`;
		process.stdout.write(`${wanted.json ? JSON.stringify({pool, ...moved, found}) : words}\n`);
		return found.length > 0 ? 1 : 0;
	}
	const me = await whoAmI(process.env, deadline);
	if (wanted.power && me === holder) {
		throw new Error(`${holder} has ${pool} and is about to be fenced: run it on ${other}`);
	}
	await insisted(
		wanted.yes,
		wanted.power
			? `${holder} is fenced, and ${pool} goes to ${other}.`
			: `${pool} goes from ${holder} to ${other} and back: what runs on it stops for the time.`,
	);
	const done = await play(wanted, moved, me);
	process.stdout.write(wanted.json ? `${JSON.stringify(done.drill)}\n` : plain(`${summary(done.drill)}\n${done.files.join('\n')}\n`));
	return done.drill.lost.length === 0 && done.drill.after.length === 0 ? 0 : 1;
}

/** @throws {Error} what is wrong with the words */
function parsed(argv: string[]): Wanted {
	const {values, positionals} = parseArgs({
		args: argv,
		allowPositionals: true,
		options: {
			power: {type: 'boolean', default: false},
			check: {type: 'boolean', default: false},
			yes: {type: 'boolean', default: false},
			json: {type: 'boolean', default: false},
			dataset: {type: 'string'},
			output: {type: 'string', default: '.'},
		},
	});
	const [pool = '', ...rest] = positionals;
	if (!POOL.test(pool) || rest.length > 0) {
		throw new Error('expected a pool that the cluster has');
	}
	const {dataset = pool, ...flags} = values;
	return {pool, dataset, ...flags};
}
