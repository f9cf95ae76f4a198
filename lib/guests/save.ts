import type {Deadline} from '../deadline.ts';
import type {Log} from '../reach.ts';
import {signature, staging, unstage} from './note.ts';
import {namesOf} from './place.ts';
import {domainsOf, poolsFor} from './see.ts';
import type {Guest} from './states.ts';
import {lives, type Storage} from './storage.ts';
import {readStore, type Store, writeStore} from './store.ts';
import {definitions} from './virsh.ts';

/** What this node's libvirt would start, of the guests whose disks live on the storage. */
export interface Local {
	uuid: string;
	name: string;
	text: string;
}

export async function localOnes(uri: string, guests: readonly Guest[], storage: Storage, deadline: Deadline): Promise<Local[]> {
	const uuids = guests.map(({uuid}) => uuid);
	const dumped = await domainsOf(uri, uuids, deadline, definitions);
	const pools = await poolsFor(
		uri,
		[...dumped.values()].map(({xml}) => xml),
		deadline,
	);
	const asking = {storage, names: namesOf(storage), pools};
	return guests.flatMap(({uuid, name}) => {
		const one = dumped.get(uuid);
		return one && lives(one.xml, asking).length > 0 ? [{uuid, name, text: one.text}] : [];
	});
}

interface Saving {
	uri: string;
	instance: string;
	folder: string;
	storage: Storage;
	guests: readonly Guest[];
}

/**
 * Bring the definitions on the storage up to date with this node's libvirt, which has the guests: what it has newer or more is
 * written. What it does not have stays. Gives what is there afterwards, and libvirt's signature from before.
 */
export async function save(
	{uri, instance, folder, storage, guests}: Saving,
	deadline: Deadline,
	log: Log,
): Promise<{store: Store; signature: string}> {
	const before = signature();
	const [store, local] = await Promise.all([readStore(folder, deadline), localOnes(uri, guests, storage, deadline)]);
	const changed = local.filter(({uuid, text}) => store.guests.get(uuid)?.text !== text);
	if (changed.length > 0) {
		try {
			await writeStore(folder, staging(instance), new Map(changed.map(({uuid, text}) => [`${uuid}.xml`, text])), deadline);
		} finally {
			unstage(instance);
		}
		log(`saved on the storage: ${changed.map(({name}) => name).join(', ')}`);
	}
	const {parseXml} = await import('../cluster/xml.ts');
	for (const {uuid, name, text} of changed) {
		store.guests.set(uuid, {uuid, name, text, xml: await parseXml(text)});
	}
	return {store, signature: before};
}
