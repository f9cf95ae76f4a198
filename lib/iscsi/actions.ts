import {seenIn} from '../cluster/seen.ts';
import type {Handler} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {markLeased} from '../vdev/leased.ts';
import {noteOf, WELL} from './note.ts';
import {chapOf, endsOf, type LegParams, runFile} from './params.ts';

type Action = Handler<LegParams>;

const start: Action = async call => {
	const {startLeg} = await import('./start.ts');
	await startLeg(call);
	return OCF.SUCCESS;
};

const stop: Action = async call => {
	const {stopLeg} = await import('./stop.ts');
	await stopLeg(call);
	return OCF.SUCCESS;
};

/** A leg that is lost is no failure: the pool goes on without it, and would be worse off on the other node. */
const monitor: Action = async ({params, env, probe, log}) => {
	const {pool} = params;
	if (probe) {
		// From now on the pool's own agent asks for the leg's before it imports here.
		markLeased(pool);
	}
	const note = noteOf(pool);
	if (!note) {
		return OCF.NOT_RUNNING;
	}
	const seen = seenIn(runFile(pool, 'seen'));
	if (!seen) {
		const {keeperOn} = await import('./unit.ts');
		const why = await keeperOn(params, env);
		log(why ?? `whoever keeps the leg of ${pool} has not said anything yet`);
		return OCF.SUCCESS;
	}
	if (!seen.words.startsWith('LOGGED_IN ') || seen.says !== WELL) {
		log(`since ${seen.since} ${seen.says}`);
		return params.degraded ? OCF.DEGRADED : OCF.SUCCESS;
	}
	return OCF.SUCCESS;
};

/** What the unit twinpool-leg@POOL runs; not for cluster managers. */
const keep: Action = async ({params, log}) => {
	const note = noteOf(params.pool);
	if (!note) {
		throw new OcfError(OCF.ERR_GENERIC, `the leg of ${params.pool} is not started here: there is nothing to keep`);
	}
	const [{keepLeg}, {keptOf}] = await Promise.all([import('./keeper.ts'), import('./kept.ts')]);
	return keepLeg(keptOf(params, note, log));
};

const validate: Action = ({params}) => {
	endsOf(params);
	chapOf(params);
	return Promise.resolve(OCF.SUCCESS);
};

export const perform = {start, stop, monitor, keep, 'validate-all': validate};
