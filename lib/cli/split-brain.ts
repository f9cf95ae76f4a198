import {parseArgs} from 'node:util';
import {readCib} from '../cluster/cib.ts';
import {leaseIn} from '../cluster/lease.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {RESOURCE} from '../fence/asked.ts';
import {volumeNamed} from '../gluster/store.ts';
import {run} from '../run.ts';
import {asked} from './question.ts';
import {splitMirror} from './split-mirror.ts';
import {splitResource} from './split-resource.ts';
import {splitVolume} from './split-volume.ts';

/** How long it may take to find out what a name is, in milliseconds. */
const NAMED = 30_000;

/** What was asked for of whatever is torn. */
export interface Choice {
	/** Whose data is kept; nothing where only a report is wanted. */
	keep: string | undefined;
	/** It is meant, and nobody is asked. */
	yes: boolean;
	/** The loser's data may go without a copy of it. */
	withoutCopy: boolean;
	json: boolean;
}

/** The forms that the command has, what a name's prefix calls them, and whether they take names of files. */
const FORMS = {
	drbd: {is: 'a DRBD resource', files: false, run: (name: string, choice: Choice) => splitResource(name, choice)},
	volume: {is: 'a Gluster volume', files: true, run: splitVolume},
	pool: {is: 'a pool that mirrors over iSCSI', files: false, run: (name: string, choice: Choice) => splitMirror(name, choice)},
} as const;
type Form = keyof typeof FORMS;

/** `twinpool split-brain NAME`: 0 nothing is torn (any more), 1 something is. */
export async function splitBrain(argv: string[]): Promise<number> {
	const {values, positionals} = parseArgs({
		args: argv,
		allowPositionals: true,
		options: {
			keep: {type: 'string'},
			resolve: {type: 'boolean', default: false},
			yes: {type: 'boolean', default: false},
			'without-copy': {type: 'boolean', default: false},
			json: {type: 'boolean', default: false},
		},
	});
	const [given = '', ...files] = positionals;
	const [, only, name = ''] = /^(?:(drbd|volume|pool):)?(.*)$/su.exec(given) ?? [];
	if (name === '') {
		throw new Error('expected a DRBD resource, a Gluster volume, or a pool that mirrors over iSCSI');
	}
	const form = await formOf(name, only as Form | undefined);
	if (files.length > 0 && !FORMS[form].files) {
		throw new Error(`${name} is ${FORMS[form].is}: it is kept or given up as a whole, without names of files`);
	}
	const choice = {keep: values.keep, yes: values.yes, withoutCopy: values['without-copy'], json: values.json};
	if (!values.resolve || values.keep !== undefined) {
		return FORMS[form].run(name, choice, files);
	}
	const code = await FORMS[form].run(name, {...choice, json: false}, files);
	const keep = code === 1 ? await asked(`Whose data is kept? Type a host's name${form === 'volume' ? ', latest or biggest' : ''}: `) : '';
	if (keep === undefined) {
		throw new Error('nothing was done: --resolve asks at a terminal; without one, --keep HOST --yes');
	}
	return keep === '' ? code : FORMS[form].run(name, {...choice, keep}, files);
}

/** What this name is here. @throws {Error} nothing, or more than one of them */
async function formOf(name: string, only: Form | undefined): Promise<Form> {
	const deadline = deadlineOf(NAMED, performance.now());
	const volume = volumeNamed(name);
	const is: Record<Form, boolean> = {
		drbd: only !== 'volume' && only !== 'pool' && (await isResource(name, deadline)),
		volume: (volume?.started ?? false) && (volume?.replica ?? 0) > 1,
		pool: only !== 'drbd' && only !== 'volume' && (await isLeased(name, deadline)),
	};
	const forms = (Object.keys(FORMS) as Form[]).filter(one => is[one] && (only ?? one) === one);
	const [form] = forms;
	if (form === undefined) {
		throw new Error(
			`${name} is no DRBD resource that drbdadm of this host knows, no replicated volume that glusterd of this host knows and that is started, and no pool that the cluster has a lease of`,
		);
	}
	if (forms.length > 1) {
		throw new Error(`${name} is ${forms.map(one => FORMS[one].is).join(' and ')}: say ${forms.map(one => `${one}:${name}`).join(' or ')}`);
	}
	return form;
}

const isResource = async (name: string, deadline: Deadline): Promise<boolean> =>
	RESOURCE.test(name) &&
	(await run(['drbdadm', 'dump', name], {timeout: Math.max(1, deadline.left())}).then(
		({exit}) => exit === 0,
		() => false,
	));

/** A cluster that is down knows of none; a volume's lease is called otherwise. */
const isLeased = (name: string, deadline: Deadline): Promise<boolean> =>
	readCib(deadline).then(
		cib => !name.startsWith('gluster.') && leaseIn(cib, name) !== undefined,
		() => false,
	);
