import {existsSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Deadline} from '../deadline.ts';
import type {Call} from '../ocf/agent.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Log, reach} from '../reach.ts';
import {guests} from './index.ts';
import {signature, staging, unstage, writeNote} from './note.ts';
import {checked, folderOf, type GuestsParams, instanceOf, pointsNow, storageFor, withoutFolder} from './params.ts';
import {mine, thisHost} from './peer.ts';
import {type Local, localOnes} from './save.ts';
import {type Seen, see} from './see.ts';
import {onceServed} from './served.ts';
import {named} from './states.ts';
import {wishes} from './storage.ts';
import {ownerFile, readStore, type Store, type Stored, trusted, writeStore} from './store.ts';
import {type Definition, memory, type Task} from './task.ts';

const APART = 1000;

const installed = (tool: string): boolean =>
	(process.env['PATH'] ?? '').split(':').some(folder => folder !== '' && existsSync(`${folder}/${tool}`));

/** Define what the storage has, and start it: some at a time, in its order. What runs already is left alone. */
export async function startAll({params, deadline, env, log}: Call<GuestsParams>): Promise<void> {
	checked(params);
	const folder = folderOf(params);
	if (!installed('virsh')) {
		throw new OcfError(OCF.ERR_INSTALLED, 'virsh is not installed: no guest can be started here; install libvirt-clients');
	}
	if (folder === undefined) {
		throw withoutFolder(params);
	}
	const instance = instanceOf(env);
	const storage = storageFor(params, undefined);
	const stored = async (): Promise<Store> => {
		const [found] = await Promise.all([readStore(folder, deadline), trusted(folder, deadline)]);
		return found;
	};
	const [store, seen] = await Promise.all([onceServed(stored, {deadline, log}), answering(params.uri, deadline, log)]);
	const before = signature();
	const local = await localOnes(params.uri, seen.guests, storage, deadline);
	const fresh = local.filter(({uuid}) => !store.guests.has(uuid));
	const {parseXml} = await import('../cluster/xml.ts');
	for (const one of fresh) {
		store.guests.set(one.uuid, {...one, xml: await parseXml(one.text)});
	}
	const all = [...store.guests.values()];
	const here = thisHost(env);
	await mine({owner: store.owner, here, peerUri: params.peer_uri, instance, guests: all}, deadline, log);
	try {
		const stage = staging(instance);
		const files = new Map([...fresh.map(({uuid, text}): [string, string] => [`${uuid}.xml`, text]), ownerFile(here)]);
		await onceServed(() => writeStore(folder, stage, files, deadline), {deadline, log});
		const members = all.map(one => member(stage, one));
		// Written before the first start: whatever happens next, a stop knows whom it is about.
		writeNote(instance, {
			members: members.map(({uuid, name, start}) => ({uuid, name, expected: start})),
			off: [],
			points: pointsNow(params),
			signature: before,
		});
		await bring(params, members, different(store, local, seen, log), deadline, log);
	} finally {
		unstage(instance);
	}
	if (store.broken.length > 0) {
		throw new OcfError(
			OCF.ERR_GENERIC,
			`not one definition with a uuid, so nobody knows what to start: ${store.broken.join(', ')} in ${folder}`,
		);
	}
}

function member(stage: string, {uuid, name, text, xml}: Stored): Definition {
	const file = `${stage}/${uuid}.xml`;
	writeFileSync(file, `${text}\n`, {mode: 0o600});
	return {uuid, name, file, ...wishes(xml)};
}

/** Those that libvirt here would start otherwise than the storage has them: it was changed elsewhere meanwhile, and is right. */
function different({guests: stored}: Store, local: readonly Local[], {guests: known}: Seen, log: Log): Set<string> {
	const texts = new Map(local.map(({uuid, text}) => [uuid, text]));
	const old = known.filter(({uuid}) => stored.has(uuid) && stored.get(uuid)?.text !== texts.get(uuid));
	if (old.length > 0) {
		log(`defined anew, as the storage has them: ${named(old)}`);
	}
	return new Set(old.map(({uuid}) => uuid));
}

/** A libvirtd that is itself only starting is waited for. */
async function answering(uri: string, deadline: Deadline, log: Log): Promise<Seen> {
	for (let tries = 0; ; tries += 1) {
		const seen = await see(uri, deadline);
		if (seen.silent === undefined) {
			return seen;
		}
		if (deadline.left() < 2 * APART) {
			throw new OcfError(OCF.ERR_GENERIC, `libvirt at ${uri} does not answer: ${seen.silent}`);
		}
		if (tries === 0) {
			log(`waiting for libvirt: ${seen.silent}`);
		}
		await sleep(APART);
	}
}

/** @throws {OcfError} naming those that could not be started; the others run */
async function bring(
	{uri, parallel}: GuestsParams,
	members: readonly Definition[],
	stale: ReadonlySet<string>,
	deadline: Deadline,
	log: Log,
): Promise<void> {
	const task: Task = {
		way: 'up',
		uri,
		parallel: Math.max(1, parallel),
		now: () => false,
		grace: 0,
		members,
		stale,
		concern: 'all',
		memory: memory(),
		log,
	};
	await reach(guests, 'start', task, deadline, log);
	const failed = members.filter(({uuid}) => task.memory.failed.has(uuid));
	const [first] = failed;
	if (first) {
		throw new OcfError(OCF.ERR_GENERIC, `not started: ${named(failed, 60)}: ${task.memory.failed.get(first.uuid)}`);
	}
}
