import {ExecaError, execa} from 'execa';
import type {Target} from '../zfs/sets.ts';
import {labelOf} from '../zfs/snapshots.ts';

/** Where to: a dataset, on this host or behind ssh. */
interface To {
	dataset: string;
	shell: readonly string[];
}

/** @throws {Error} it is no dataset */
function parsed(text: string): To {
	const [, host, dataset] = /^(?:([\w.@-]+):)?([A-Za-z][\w.:-]*(?:\/[\w.: -]+)*)$/u.exec(text) ?? [];
	if (dataset === undefined || host?.startsWith('-')) {
		throw new Error(`${text}: expected a dataset, or HOST:DATASET`);
	}
	return {dataset, shell: host === undefined ? [] : ['ssh', '-o', 'BatchMode=yes', '--', host]};
}

/** ssh hands its words to a shell. */
const command = ({shell}: To, argv: readonly string[]): [string, ...string[]] => {
	const [file = '', ...args] = shell.length > 0 ? [...shell, ...argv.map(word => `'${word}'`)] : argv;
	return [file, ...args];
};

/**
 * Send a set of a target's datasets on this host into another pool, from the newest set that is there already, else whole. What is
 * received is not mounted and is read-only, and is encrypted if it was.
 */
export async function send(target: Target, to: string, wanted?: string): Promise<string> {
	const {kind} = target;
	const where = parsed(to);
	const sets = (await target.list()).filter(({whole}) => whole).map(one => one.set);
	const set = wanted ?? sets.at(-1);
	if (set === undefined || !sets.includes(set)) {
		throw new Error(set === undefined ? 'there is no set: take one first' : `there is no whole set ${set}`);
	}
	const datasets = await target.datasets(set);
	const [root = ''] = [...datasets].sort((one, other) => one.length - other.length);
	const lines: string[] = [];
	for (const dataset of datasets) {
		const below = dataset === root || dataset.startsWith(`${root}/`) ? dataset.slice(root.length) : `/${dataset.replaceAll('/', '-')}`;
		const there = {...where, dataset: `${where.dataset}${below}`};
		const have = await setsAt(there, kind);
		const base = sets.filter(one => have.includes(one) && one < set).at(-1);
		if (have.includes(set)) {
			lines.push(`${there.dataset} has ${set}`);
		} else {
			await pipe(
				['zfs', 'send', '-w', ...(base === undefined ? [] : ['-i', `@${labelOf(kind, base)}`]), `${dataset}@${labelOf(kind, set)}`],
				command(there, ['zfs', 'receive', '-u', '-o', 'readonly=on', there.dataset]),
			);
			lines.push(`${dataset}@${labelOf(kind, set)} was sent to ${to}${base === undefined ? '' : ` from ${base} on`}`);
		}
	}
	return lines.join('\n');
}

async function setsAt(to: To, kind: string): Promise<string[]> {
	const [file, ...args] = command(to, ['zfs', 'list', '-H', '-t', 'snapshot', '-d', '1', '-o', 'name', to.dataset]);
	const {stdout, stderr, failed} = await execa(file, args, {reject: false, stdin: 'ignore', env: {LC_ALL: 'C'}});
	if (failed && !/does not exist/u.test(stderr ?? '')) {
		throw new Error(`${to.dataset} cannot be asked: ${(stderr ?? '').trim().split('\n')[0] ?? ''}`);
	}
	const names = (stdout ?? '').split('\n').map(name => name.slice(name.indexOf('@') + 1));
	return names.flatMap(name => {
		const set = name.slice(-'YYYYMMDDTHHMMSSZ'.length);
		return name === labelOf(kind, set) ? [set] : [];
	});
}

async function pipe(from: readonly [string, ...string[]], into: readonly [string, ...string[]]): Promise<void> {
	const [[one, ...some], [two, ...more]] = [from, into];
	try {
		await execa(one, some, {stdin: 'ignore', buffer: {stdout: false}, env: {LC_ALL: 'C'}}).pipe(two, more);
	} catch (error) {
		if (error instanceof ExecaError) {
			const [said] = `${error.stderr ?? ''}`.trim().split('\n');
			throw new Error(`${error.command.split(' ').slice(0, 2).join(' ')} ended with ${error.exitCode}: ${said}`);
		}
		throw error;
	}
}
