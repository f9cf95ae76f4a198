import type {Call} from '../ocf/agent.ts';
import {type Code, OCF, OcfError} from '../ocf/codes.ts';
import type {Log} from '../reach.ts';
import {type Note, readNote, signature, writeNote} from './note.ts';
import {checked, folderOf, type GuestsParams, instanceOf, pointsNow, storageFor} from './params.ts';
import {alive, isLocal, processesOf} from './process.ts';
import {type Seen, see} from './see.ts';
import {active, FORGOTTEN, type Guest, meant, named, well} from './states.ts';

type Asked = Call<GuestsParams>;

/** Remote guests have no signature: their definitions are saved at start and stop. */
const changed = ({uri}: GuestsParams, note: Note): boolean => isLocal(uri) && note.signature !== signature();

/**
 * What the resource's guests are doing: one file of this node's and one virsh. Nothing here touches the storage, unless a
 * definition was changed since the last look.
 */
export async function monitorAll(call: Asked): Promise<Code> {
	const {params, deadline, env, probe, log} = call;
	checked(params);
	const instance = instanceOf(env);
	const note = readNote(instance);
	const seen = await see(params.uri, deadline);
	if (!note) {
		const {unnoted} = await import('./probe.ts');
		return unnoted(call, seen);
	}
	if (seen.silent !== undefined) {
		return byProcesses(note, seen.silent, log);
	}
	const now = probe ? note : await upToDate(call, note, seen);
	return verdict(now, seen.guests);
}

/** libvirtd is gone and the guests are not: no reason to stop them. */
function byProcesses({members}: Note, silent: string, log: Log): Code {
	const processes = processesOf(members);
	const off = members.filter(({uuid, expected}) => expected && !(processes.get(uuid) ?? []).some(alive));
	const on = members.filter(({uuid}) => (processes.get(uuid) ?? []).some(alive));
	if (off.length > 0) {
		throw new OcfError(
			on.length > 0 ? OCF.ERR_GENERIC : OCF.NOT_RUNNING,
			`libvirt does not answer, and these have no process: ${named(off)}`,
		);
	}
	log(`libvirt does not answer (${silent}); every guest has its process`);
	return OCF.SUCCESS;
}

/** The note as it should be after this look. */
async function upToDate({params, deadline, env, log}: Asked, note: Note, {guests}: Seen): Promise<Note> {
	const next: Note = {
		...note,
		members: note.members.map(one => ({
			...one,
			expected: one.expected || guests.some(({uuid, word}) => uuid === one.uuid && active(word)),
		})),
		off: guests.filter(guest => meant(guest) || (forgotten(guest) && note.off.includes(guest.uuid))).map(({uuid}) => uuid),
		points: [...new Set([...note.points, ...pointsNow(params)])],
	};
	const folder = folderOf(params);
	if (folder !== undefined && changed(params, note)) {
		try {
			const {save} = await import('./save.ts');
			const storage = storageFor(params, note);
			const saved = await save(
				{uri: params.uri, instance: instanceOf(env), folder, storage, guests},
				deadline.within(deadline.left() / 2),
				log,
			);
			// A guest that was only just defined is not missing as long as it has not run.
			next.members = [...saved.store.guests.values()].map(
				({uuid, name}) =>
					next.members.find(one => one.uuid === uuid) ?? {uuid, name, expected: guests.some(one => one.uuid === uuid && active(one.word))},
			);
			next.signature = saved.signature;
		} catch (error) {
			log(`the definitions were not saved: ${error instanceof Error ? error.message : error}`);
		}
	}
	if (JSON.stringify(next) !== JSON.stringify(note)) {
		writeNote(instanceOf(env), next);
	}
	return next;
}

const forgotten = ({word, reason}: Guest): boolean => word === 'shut off' && reason === FORGOTTEN;

/** Everybody who should run runs, or who does not, by name. */
function verdict({members, off}: Note, guests: readonly Guest[]): Code {
	const of = members.map(({uuid, name, expected}) => ({
		expected,
		guest: guests.find(guest => guest.uuid === uuid) ?? {uuid, name, word: 'absent' as const, reason: 0},
	}));
	const missing = of
		.filter(({expected, guest}) => expected && !well(guest) && !meant(guest) && !(forgotten(guest) && off.includes(guest.uuid)))
		.map(({guest}) => guest);
	if (missing.length === 0) {
		return OCF.SUCCESS;
	}
	const says = missing.map(({name, word}) => ({name: `${name} (${word})`}));
	const none = of.every(({guest}) => !active(guest.word));
	throw new OcfError(none ? OCF.NOT_RUNNING : OCF.ERR_GENERIC, `not running: ${named(says, 140)}`);
}
