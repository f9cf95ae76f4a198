import {note, raise} from '../cluster/alarm.ts';
import {majorVersion, outOfSync} from '../drbd/proc.ts';
import type {Facts} from '../drbd/states.ts';
import {read} from '../host.ts';
import type {Asking} from './scene.ts';
import {fenceSelf} from './self.ts';
import type {Outcome} from './trace.ts';
import {now} from './volumes.ts';

/** A disk of this node failed. I/O waits for this answer, so nobody is asked: the journal and a note, which the next monitor tells. */
export function localIoError({told, options}: Asking): Promise<Outcome> {
	const words = `I/O error on ${told.disk ?? about(told.minors)}`;
	if (!options.dryRun) {
		note('io-error', told.resource, words);
	}
	return Promise.resolve({code: 0, why: words});
}

/** A verify found blocks that differ. */
export async function outOfSyncFound(asking: Asking): Promise<Outcome> {
	const {told} = asking;
	const text = read('/proc/drbd') ?? '';
	const found =
		majorVersion(text) === 8
			? outOfSync(text, told.minors)
			: ((await now(asking, told.minors))?.volumes ?? []).flatMap(({minor, behind}) => (behind ? [{minor, kib: behind}] : []));
	const counts = found.map(({minor, kib}) => `${kib} KiB on minor ${minor}`).join(', ') || 'nobody knows how much';
	Object.assign(asking.trace.facts, {outOfSync: found});
	return tell('out-of-sync', `the sides differ: ${counts}`, 'disconnect and connect the resource to resync these blocks', asking);
}

export function quorumLost(asking: Asking): Promise<Outcome> {
	return tell('quorum-lost', `no quorum on ${about(asking.told.minors)}`, 'I/O waits or fails, as on-no-quorum says', asking);
}

/** Primary, and no good data within reach. Told; and with --fence-self, while it is so, the service may start where there is data. */
export async function primaryOnInconsistent(asking: Asking): Promise<Outcome> {
	const answer = await tell('io-error', 'Primary without access to good data', 'the service gets I/O errors or waits', asking);
	const doomed = ({role, disk, connection, peerDisk}: Facts): boolean =>
		role === 'Primary' && disk !== 'UpToDate' && !(connection === 'Connected' && peerDisk === 'UpToDate');
	return sentence(answer, await fenceSelf(doomed, asking));
}

/** Primary, but the other side's data is to be kept. Nothing is lost as long as nobody acts: it is told, and with --fence-self acted upon. */
export async function primaryLost(asking: Asking): Promise<Outcome> {
	const answer = await tell(
		'split-brain',
		"Primary here, though the peer's data is to be kept",
		'stop the service here, so that this node can be resynced',
		asking,
	);
	return sentence(answer, await fenceSelf(({role}) => role === 'Primary', asking));
}

const sentence = ({code, why}: Outcome, more: string | undefined): Outcome => ({code, why: more ? `${why}; ${more}` : why});
const about = (minors: readonly number[]): string => (minors.length > 0 ? `minor ${minors.join(', ')}` : 'a volume');

async function tell(kind: Parameters<typeof raise>[0], words: string, advice: string, asking: Asking): Promise<Outcome> {
	const {told, options, deadline, trace} = asking;
	const problem = options.dryRun ? undefined : await raise(kind, told.resource, words, deadline);
	if (problem) {
		trace.notes.push(`the cluster was not told: ${problem}`);
	}
	return {code: 0, why: `${told.resource}: ${words}; ${advice}`};
}
