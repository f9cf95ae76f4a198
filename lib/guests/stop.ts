import type {Deadline} from '../deadline.ts';
import type {Call} from '../ocf/agent.ts';
import {OcfError} from '../ocf/codes.ts';
import {type Log, reach} from '../reach.ts';
import {AT_ONCE} from './destroy.ts';
import {guests} from './index.ts';
import {dropNote, type Note, readNote, signature} from './note.ts';
import {checked, folderOf, type GuestsParams, instanceOf, storageFor} from './params.ts';
import {alive, stuck} from './process.ts';
import {save} from './save.ts';
import {see} from './see.ts';
import {named} from './states.ts';
import {disown} from './store.ts';
import {memory, type Task} from './task.ts';

/** Kept of the operation's time for what does not hear: this share of it, or this much at most. */
const RESERVE = {share: 0.4, most: 40_000};
/** libvirt's own patience before it kills. */
const GENTLE = 10_000;
/** Saving is a favour to the next node, and never the reason why a stop fails. */
const SAVE = {share: 0.2, most: 10_000};

/** Ask every guest that uses the storage, wait, destroy what is left, and prove each gone. */
export async function stopAll({params, deadline, env, log}: Call<GuestsParams>): Promise<void> {
	checked(params);
	const instance = instanceOf(env);
	const note = readNote(instance);
	const storage = storageFor(params, note);
	await kept(params, note, instance, deadline.within(Math.min(SAVE.most, deadline.left() * SAVE.share)), log);
	const reserve = Math.min(RESERVE.most, deadline.left() * RESERVE.share);
	const asking = deadline.within(Math.min(params.stop_timeout * 1000, deadline.left() - reserve));
	const task: Task = {
		way: 'down',
		uri: params.uri,
		parallel: AT_ONCE,
		now: () => asking.left() === 0,
		grace: Math.min(GENTLE, reserve / 2),
		members: [],
		stale: new Set(),
		concern: {storage, also: note?.members ?? []},
		memory: memory(),
		log,
	};
	try {
		await reach(guests, 'stop', task, deadline, log);
	} catch (error) {
		throw error instanceof OcfError ? blamed(task, error) : error;
	}
	dropNote(instance);
	const folder = folderOf(params);
	if (folder !== undefined) {
		await disown(folder, deadline).catch(() => undefined);
	}
}

/** Who is still there, and who of them sits in the kernel. */
function blamed({memory: {victims, processes}}: Task, error: OcfError): OcfError {
	const left = [...victims.values()].filter(({gone}) => gone === undefined).map(({guest}) => guest);
	if (left.length === 0) {
		return error;
	}
	const hung = left.filter(({uuid}) => (processes.get(uuid) ?? []).filter(alive).some(stuck));
	const where = hung.length > 0 ? `, in the kernel (state D): ${named(hung, 40)}` : '';
	return new OcfError(error.code, `still active: ${named(left, 60)}${where}; ${error.message}`, {cause: error});
}

async function kept(params: GuestsParams, note: Note | undefined, instance: string, deadline: Deadline, log: Log): Promise<void> {
	const folder = folderOf(params);
	// Without a note nothing was started here: what lies about in libvirt is no news for the storage.
	if (!note || folder === undefined || note.signature === signature()) {
		return;
	}
	try {
		const {guests: known, silent} = await see(params.uri, deadline);
		if (silent === undefined) {
			await save({uri: params.uri, instance, folder, storage: storageFor(params, note), guests: known}, deadline, log);
		}
	} catch (error) {
		log(`the definitions were not saved: ${error instanceof Error ? error.message : error}`);
	}
}
