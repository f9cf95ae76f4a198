import {parseArgs} from 'node:util';
import {deadlineOf} from '../deadline.ts';
import {datasetOf} from '../gluster/dataset.ts';
import {volumeSets} from '../gluster/sets.ts';
import {volumeNamed, volumes} from '../gluster/store.ts';
import {poolState} from '../vdev/pool.ts';
import {surplus, type Target} from '../zfs/sets.ts';
import {labelOf} from '../zfs/snapshots.ts';
import {poolSets} from '../zpool/sets.ts';
import {ask} from './remote.ts';
import {send} from './send.ts';

/** How long all of it may take, in milliseconds; sending has no limit. */
const ALL = 300_000;

interface Wanted {
	verb: string;
	name: string;
	rest: string[];
	keep: number;
	kind: 'set' | 'split-brain';
	destroyNewer: boolean;
	json: boolean;
}

/** What is done, how many arguments it takes after the target, and what it prints. */
const VERBS: Record<string, {takes: number; least?: number; run(target: Target, wanted: Wanted): Promise<string>}> = {
	take: {
		takes: 0,
		run: async (target, {name}) => {
			const set = await target.take();
			return `${name}: set ${set} was taken (${(await target.datasets()).map(dataset => `${dataset}@${labelOf(target.kind, set)}`).join(', ')})`;
		},
	},
	list: {
		takes: 0,
		run: async (target, {json}) => {
			const sets = await target.list();
			return json
				? JSON.stringify(sets)
				: sets.map(({set, whole}) => `${set}${whole ? '' : '  not whole: it cannot be restored'}`).join('\n');
		},
	},
	prune: {
		takes: 0,
		run: async (target, {keep, name}) => {
			const old = surplus(await target.list(), keep);
			if (old.length > 0) {
				await target.drop(old);
			}
			return `${name}: ${old.length} sets were dropped${old.length > 0 ? ` (${old.join(', ')})` : ''}`;
		},
	},
	drop: {
		takes: 1,
		run: async (target, {rest, name}) => {
			await target.drop(rest);
			return `${name}: ${rest.join(', ')} was dropped`;
		},
	},
	rollback: {
		takes: 1,
		run: async (target, {rest: [set = ''], name, destroyNewer}) => {
			await target.restore(set, destroyNewer);
			return `${name} is as it was at ${set}`;
		},
	},
	send: {
		takes: 2,
		least: 1,
		run: async (target, {rest: [to = '', wanted]}) => send(target, to, wanted),
	},
};

/** `twinpool snapshot`: 0 done; what cannot be done is thrown. */
export async function snapshot(argv: string[]): Promise<number> {
	const wanted = parsed(argv);
	const said = await VERBS[wanted.verb]?.run(targetOf(wanted), wanted);
	process.stdout.write(said ? `${said}\n` : '');
	return 0;
}

/** @throws {Error} what is wrong with the words, or with the host */
function parsed(argv: string[]): Wanted {
	const {values, positionals} = parseArgs({
		args: argv,
		allowPositionals: true,
		options: {
			keep: {type: 'string', default: '7'},
			'before-split-brain': {type: 'boolean', default: false},
			'destroy-newer': {type: 'boolean', default: false},
			json: {type: 'boolean', default: false},
		},
	});
	const [verb = '', name = '', ...rest] = positionals;
	const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
	if (!known || name === '') {
		throw new Error(`expected ${Object.keys(VERBS).join(', ')}, and a pool or a volume`);
	}
	if (rest.length > known.takes || rest.length < (known.least ?? known.takes)) {
		throw new Error(`${verb} ${name} takes ${known.takes === 0 ? 'nothing more' : 'a set, or with send a dataset'}`);
	}
	if (!/^[1-9]\d{0,4}$/u.test(values.keep)) {
		throw new Error(`--keep ${values.keep}: expected how many sets stay, 1 or more`);
	}
	const set = verb === 'send' ? rest[1] : rest[0];
	if (set !== undefined && !/^\d{8}T\d{6}Z$/u.test(set)) {
		throw new Error(`${set} is no set: "twinpool snapshot list ${name}" names them`);
	}
	return {
		verb,
		name,
		rest,
		keep: Number(values.keep),
		kind: values['before-split-brain'] ? 'split-brain' : 'set',
		destroyNewer: values['destroy-newer'],
		json: values.json,
	};
}

/** A pool that is imported here, or a volume that glusterd of this host knows. @throws {Error} neither, or both */
function targetOf({name, kind, verb}: Wanted): Target {
	const deadline = deadlineOf(ALL, performance.now());
	const [, only, bare] = /^(?:(pool|volume):)?(.*)$/u.exec(name) ?? [];
	const volume = only === 'pool' ? undefined : volumeNamed(bare ?? '');
	const pool = only !== 'volume' && poolState(bare ?? '') !== undefined;
	if (volume && pool) {
		throw new Error(`${name} is a pool and a volume: say pool:${name} or volume:${name}`);
	}
	if (volume) {
		if (verb === 'take' && !volume.started) {
			throw new Error(`volume ${name} is stopped`);
		}
		return volumeSets(volume, kind, ask, deadline);
	}
	if (!pool) {
		throw new Error(`${name} is no pool that is imported here, and no volume that glusterd of this host knows`);
	}
	if (kind !== 'set') {
		throw new Error(`${name} is a pool: --before-split-brain is for volumes`);
	}
	const bricks = volumes().flatMap(one => volumeNamed(one)?.bricks.map(({path}) => ({volume: one, dataset: datasetOf(one, path)})) ?? []);
	const copied = bricks.find(({dataset}) => dataset === bare || dataset?.startsWith(`${bare}/`));
	if (verb === 'rollback' && copied) {
		throw new Error(`${copied.dataset} has a copy of volume ${copied.volume}, which would differ from the others: roll back the volume`);
	}
	return poolSets(bare ?? '', deadline);
}
