import {parseArgs} from 'node:util';
import {readCib} from '../cluster/cib.ts';
import {whoAmI} from '../cluster/ground.ts';
import {deadlineOf} from '../deadline.ts';
import {POOL} from '../vdev/pool.ts';
import {play, type Wanted} from './drill-play.ts';
import {summary} from './drill-report.ts';
import {hindrances, LOOK, subjectOf} from './drill-subject.ts';
import {plain} from './plain.ts';
import {insisted} from './question.ts';

/** `twinpool drill POOL`: 0 it went well (or would), 1 something is in the way or went wrong. */
export async function drill(argv: string[]): Promise<number> {
	const wanted = parsed(argv);
	const {pool} = wanted;
	const deadline = deadlineOf(LOOK, performance.now());
	const [cib, me] = await Promise.all([readCib(deadline), whoAmI(process.env, deadline)]);
	const moved = subjectOf(cib, pool, me);
	if (!moved) {
		throw new Error(
			`no resource of the cluster has pool ${pool}: ocf:twinpool:zpool or ocf:heartbeat:ZFS with pool=${pool}; or ocf:twinpool:gluster with volname=${pool}`,
		);
	}
	const {holder = '', other = '', shared} = moved;
	if (shared && !wanted.power) {
		throw new Error(`${pool} is on both nodes, and nothing is moved: --power fences the other one, and this one goes on`);
	}
	const found = await hindrances(pool, moved, cib, deadline);
	if (found.length > 0 || wanted.check) {
		const words =
			found.length > 0 ? found.map(one => `${pool}: ${one}`).join('\n') : `${pool}: nothing is in the way from ${holder} to ${other}`;
		process.stdout.write(`${wanted.json ? JSON.stringify({pool, ...moved, found}) : words}\n`);
		return found.length > 0 ? 1 : 0;
	}
	if (wanted.power && me === holder) {
		throw new Error(`${holder} has ${pool} and is about to be fenced: run it on ${other}`);
	}
	await insisted(
		wanted.yes,
		wanted.power
			? `${holder} is fenced, and ${shared ? `${other} goes on with ${pool} alone` : `${pool} goes to ${other}`}.`
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
	return {pool, ...values};
}
