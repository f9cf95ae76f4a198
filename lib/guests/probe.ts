import type {Call} from '../ocf/agent.ts';
import {type Code, OCF, OcfError} from '../ocf/codes.ts';
import {usedBy} from './look.ts';
import {signature, writeNote} from './note.ts';
import {folderOf, type GuestsParams, instanceOf, pointsNow, storageFor} from './params.ts';
import {alive, processesOf} from './process.ts';
import type {Seen} from './see.ts';
import {active, named, well} from './states.ts';
import {wishes} from './storage.ts';
import {readStore} from './store.ts';

/**
 * On a node that never started this resource, as far as it knows: does anybody here use the storage all the same?
 * Nothing is changed by a probe.
 */
export async function unnoted({params, deadline, env, probe}: Call<GuestsParams>, seen: Seen): Promise<Code> {
	const processes = processesOf(seen.guests);
	const there = seen.guests.filter(({uuid, word}) => active(word) || (processes.get(uuid) ?? []).some(alive));
	if (there.length === 0) {
		return OCF.NOT_RUNNING;
	}
	const used = await usedBy(params.uri, seen, there, storageFor(params, undefined), deadline);
	const users = there.filter(({uuid}) => (used.get(uuid) ?? []).length > 0);
	if (users.length === 0) {
		return OCF.NOT_RUNNING;
	}
	const folder = folderOf(params);
	if (folder === undefined) {
		throw new OcfError(OCF.ERR_GENERIC, `the storage is not mounted here, and these guests use it: ${named(users)}`);
	}
	const {guests: stored} = await readStore(folder, deadline);
	const wanted = stored.size > 0 ? [...stored.values()].filter(({xml}) => wishes(xml).start) : users;
	const missing = wanted.filter(({uuid}) => !users.some(guest => guest.uuid === uuid && well(guest)));
	if (missing.length > 0) {
		throw new OcfError(OCF.ERR_GENERIC, `some of the guests run here, but not ${named(missing)}`);
	}
	if (!probe) {
		const members = [...new Map([...stored.values(), ...users].map(({uuid, name}) => [uuid, {uuid, name}])).values()];
		writeNote(instanceOf(env), {
			members: members.map(one => ({...one, expected: users.some(({uuid}) => uuid === one.uuid)})),
			off: [],
			points: pointsNow(params),
			signature: stored.size > 0 ? signature() : '',
		});
	}
	return OCF.SUCCESS;
}
