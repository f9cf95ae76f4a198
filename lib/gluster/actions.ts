import {seenIn} from '../cluster/seen.ts';
import type {Handler} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {ailments, broken} from './ailments.ts';
import {noteOf} from './note.ts';
import {type GlusterParams, runFile} from './params.ts';
import {volumeNamed} from './store.ts';

type Action = Handler<GlusterParams>;

const start: Action = async call => {
	const {startVolume} = await import('./start.ts');
	await startVolume(call);
	return OCF.SUCCESS;
};

const stop: Action = async call => {
	const {stopVolume} = await import('./stop.ts');
	await stopVolume(call);
	return OCF.SUCCESS;
};

/** In files alone, no program: what the keeper mends by itself is said, what it cannot mend is a failure. */
const monitor: Action = async ({params, env, log}) => {
	const {volname} = params;
	if (!noteOf(volname)) {
		return OCF.NOT_RUNNING;
	}
	const volume = volumeNamed(volname);
	if (!volume?.started) {
		throw new OcfError(
			OCF.NOT_RUNNING,
			`volume ${volname} ${volume ? 'was stopped by hand (gluster volume stop)' : 'is gone from glusterd'}`,
		);
	}
	const seen = seenIn(runFile(volname, 'seen'));
	const why = broken(params, volume, seen);
	if (why !== undefined) {
		throw new OcfError(OCF.ERR_GENERIC, why);
	}
	if (!seen) {
		const {keeperOn} = await import('./unit.ts');
		log((await keeperOn(volname, env)) ?? `whoever keeps ${volname} has not said anything yet`);
		return OCF.SUCCESS;
	}
	const ills = ailments(volume, seen);
	ills.forEach(log);
	return ills.length > 0 && params.degraded ? OCF.DEGRADED : OCF.SUCCESS;
};

/** What the unit twinpool-gluster@VOLUME runs; not for cluster managers. */
const keep: Action = async ({params, log}) => {
	const note = noteOf(params.volname);
	if (!note) {
		throw new OcfError(OCF.ERR_GENERIC, `${params.volname} is not started here: there is nothing to keep`);
	}
	const [{keepVolume}, {keptOf}] = await Promise.all([import('./keeper.ts'), import('./kept.ts')]);
	return keepVolume(keptOf(params, note, log));
};

const validate: Action = () => Promise.resolve(OCF.SUCCESS);

export const perform = {start, stop, monitor, keep, 'validate-all': validate};
