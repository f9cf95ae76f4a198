import type {Element} from '../cluster/xml.ts';
import type {Deadline} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {ToolError} from '../run.ts';
import {namesOf} from './place.ts';
import {alive, isLocal, processesOf} from './process.ts';
import {domainsOf, poolsFor, recorded, type Seen, see} from './see.ts';
import {active, type Guest, named, type Word} from './states.ts';
import {type Asking, type Storage, uses} from './storage.ts';
import type {Task} from './task.ts';

/** Milliseconds for a libvirt that did not answer before. */
const AGAIN = 1000;

/** The guests that a task is about, and whether libvirt answers. */
export interface Facts {
	guests: Guest[];
	silent: string | undefined;
}

export const look = (task: Task, deadline: Deadline): Promise<Facts> =>
	task.way === 'up' ? lookUp(task, deadline) : lookDown(task, deadline);

async function lookUp({uri, members, stale, memory}: Task, deadline: Deadline): Promise<Facts> {
	const {guests, silent} = await see(uri, deadline);
	if (silent !== undefined) {
		throw new OcfError(OCF.ERR_GENERIC, `libvirt at ${uri} does not answer: ${silent}`);
	}
	const wanted = members.filter(({uuid}) => !memory.failed.has(uuid));
	return {
		guests: wanted.flatMap(({uuid, name, start}) => {
			const here = guests.find(guest => guest.uuid === uuid);
			const old = here && !active(here.word) && stale.has(uuid) && !memory.defined.has(uuid);
			const seen: Guest = here && !old ? here : {uuid, name, word: 'absent', reason: 0};
			// One that its owner does not want started has arrived when it is defined.
			return start || seen.word === 'absent' ? [seen] : [];
		}),
		silent,
	};
}

async function lookDown(task: Task, deadline: Deadline): Promise<Facts> {
	const {uri, memory, concern} = task;
	const seen = await see(uri, deadline, memory.silent ? AGAIN : undefined);
	memory.silent = seen.silent !== undefined;
	const also = concern === 'all' ? [] : concern.also;
	const known = new Map<string, Guest>(seen.guests.map(guest => [guest.uuid, guest]));
	for (const {uuid, name} of [...also, ...[...memory.victims.values()].map(({guest}) => guest)]) {
		known.set(uuid, known.get(uuid) ?? {uuid, name, word: 'absent', reason: 0});
	}
	track(task, [...known.values()]);
	const there = [...known.values()].filter(guest => active(guest.word) || left(task, guest.uuid));
	await choose(task, seen, there, deadline);
	const guests = [...memory.victims.values()].map(({guest: {uuid, name}}) => {
		const guest = known.get(uuid) ?? {uuid, name, word: 'absent' as const, reason: 0};
		return {...guest, word: wordFor(task, guest)};
	});
	for (const {uuid, word} of guests) {
		const victim = memory.victims.get(uuid);
		if (victim && active(word)) {
			victim.gone = undefined;
		} else if (victim) {
			victim.gone ??= performance.now();
		}
	}
	return {guests, silent: seen.silent};
}

/** Remember every process of these guests, where they can be seen. */
function track({uri, memory}: Task, guests: readonly Guest[]): void {
	for (const [uuid, processes] of isLocal(uri) ? processesOf(guests) : []) {
		const known = memory.processes.get(uuid) ?? [];
		memory.processes.set(uuid, [
			...known,
			...processes.filter(({pid, began}) => !known.some(one => one.pid === pid && one.began === began)),
		]);
	}
}

export const left = ({memory}: Task, uuid: string): boolean => (memory.processes.get(uuid) ?? []).some(alive);

/** What libvirt calls shut off is so only when its process is gone, too; one that was asked is on its way. */
function wordFor(task: Task, {uuid, word}: Guest): Word {
	if (!active(word)) {
		return left(task, uuid) ? 'in shutdown' : word;
	}
	return task.memory.asked.has(uuid) && (word === 'running' || word === 'idle') ? 'in shutdown' : word;
}

/** Add whoever is there and uses the storage to those who have to go. */
async function choose({uri, concern, memory}: Task, seen: Seen, there: readonly Guest[], deadline: Deadline): Promise<void> {
	const fresh = there.filter(({uuid}) => !memory.victims.has(uuid));
	const add = (guests: readonly Guest[], why: readonly string[] = []): void => {
		for (const guest of guests) {
			memory.victims.set(guest.uuid, {guest, uses: why, since: performance.now()});
		}
	};
	if (concern === 'all') {
		add(fresh);
		return;
	}
	const asking = fresh.filter(({uuid}) => !concern.also.some(one => one.uuid === uuid));
	add(fresh.filter(guest => !asking.includes(guest)));
	const used = await usedBy(uri, seen, asking, concern.storage, deadline);
	for (const guest of asking) {
		const places = used.get(guest.uuid);
		if (places && places.length > 0) {
			add([guest], places);
		}
	}
	const unread = asking.filter(({uuid}) => !used.has(uuid));
	if (unread.length > 0 && memory.victims.size === 0) {
		// Gone by now, most likely; a second look tells.
		const again = await see(uri, deadline);
		const still = unread.filter(({uuid}) => again.guests.some(guest => guest.uuid === uuid && active(guest.word)));
		if (still.length > 0) {
			throw new OcfError(OCF.ERR_GENERIC, `libvirt does not tell which disks these guests have: ${named(still)}`);
		}
	}
}

/** What each of these guests uses of the storage. One that libvirt tells nothing of is not in it. */
export async function usedBy(
	uri: string,
	seen: Pick<Seen, 'domains' | 'silent'>,
	guests: readonly Guest[],
	storage: Storage,
	deadline: Deadline,
): Promise<Map<string, string[]>> {
	const uuids = guests.map(({uuid}) => uuid);
	const {domains, pools} = seen.silent === undefined ? await told(uri, uuids, deadline) : {domains: seen.domains, pools: new Map()};
	const asking: Asking = {storage, names: namesOf(storage), pools};
	return new Map(
		uuids.flatMap(uuid => {
			const domain = domains.get(uuid);
			return domain ? [[uuid, uses(domain, asking)] as const] : [];
		}),
	);
}

/** Of the time that is left, the documents may take so much: libvirt keeps one to itself while it destroys its guest. */
const SHARE = 0.4;

/** The documents from libvirt, and where it does not give them in time, from its own records. */
async function told(
	uri: string,
	uuids: readonly string[],
	deadline: Deadline,
): Promise<{domains: Map<string, Element>; pools: Map<string, Element>}> {
	const patience = deadline.within(deadline.left() * SHARE);
	try {
		const dumped = await domainsOf(uri, uuids, patience);
		const domains = new Map([...dumped].map(([uuid, {xml}]) => [uuid, xml]));
		return {domains, pools: await poolsFor(uri, domains.values(), patience)};
	} catch (error) {
		if (error instanceof ToolError) {
			return {domains: (await recorded(uri, error.message)).domains, pools: new Map()};
		}
		throw error;
	}
}
