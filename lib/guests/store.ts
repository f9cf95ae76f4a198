import {writeFileSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import * as z from 'zod/mini';
import {type Element, parseXml} from '../cluster/xml.ts';
import type {Deadline} from '../deadline.ts';
import {at} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, run} from '../run.ts';
import {nameOf, uuidOf} from './storage.ts';
import {documents, isUuid} from './virsh.ts';

const OWNER = 'owner.json';
const OWNERS = z.object({host: z.string(), node: z.string(), boot: z.string()});
/** Who has these guests: this host's name, the cluster's name for it, and which of its boots it was. */
export type Owner = z.infer<typeof OWNERS>;

/** One guest's file on the storage. */
export interface Stored {
	uuid: string;
	name: string;
	text: string;
	xml: Element;
}
export interface Store {
	guests: Map<string, Stored>;
	owner: Owner | undefined;
	/** Files that are no definition. */
	broken: string[];
}

/** Everything on the storage is done by a process of its own: one that hangs there is left behind, and we are not. */
const child = (argv: Argv, deadline: Deadline): Promise<Result> => run(argv, {timeout: deadline.left()});

/** What a Gluster client says as long as it finds fewer copies than it needs (ENOTCONN; seen with 10.3). */
const UNSERVED = /Transport endpoint is not connected/u;
/** The storage is a volume that is not served here, or not yet. */
export class Unserved extends OcfError {}
const refused = (why: string, {stderr}: Result): OcfError => new (UNSERVED.test(stderr) ? Unserved : OcfError)(OCF.ERR_GENERIC, why);

async function must(argv: Argv, deadline: Deadline): Promise<void> {
	const result = await child(argv, deadline);
	if (result.exit !== 0) {
		throw refused(`the definitions cannot be written: ${lastWord(result)}`, result);
	}
}

/** Where find has nothing to look at. */
const ABSENT = /No such file or directory/u;

/**
 * What is defined from there runs as the hypervisor pleases, so it has to be of root alone: whoever can write to the storage could make
 * the folder first, or put a link in its place.
 * @throws {OcfError} it is not
 */
export async function trusted(folder: string, deadline: Deadline): Promise<void> {
	const above = dirname(folder);
	const places = [...(basename(above) === '.twinpool' ? [above] : []), folder].map(at);
	const foreign = ['(', '-type', 'l', '-o', '!', '-uid', `${process.getuid?.() ?? 0}`, '-o', '-perm', '/022', ')'];
	const result = await child(['find', ...places, '-maxdepth', '1', ...foreign, '-print', '-quit'], deadline);
	const [found = ''] = result.stdout.split('\n');
	if (found !== '') {
		throw new OcfError(
			OCF.ERR_GENERIC,
			`${found.slice(at('').length)} is a link, or others than root can write to it: what it defines is not to be trusted`,
		);
	}
	if (result.exit !== 0 && !ABSENT.test(result.stderr)) {
		throw refused(`whose ${folder} is cannot be seen: ${result.stderr.trim().split('\n')[0]}`, result);
	}
}

/** The folder's content; one that does not exist is empty. */
export async function readStore(folder: string, deadline: Deadline): Promise<Store> {
	const what = ['-maxdepth', '1', '-type', 'f', '(', '-name', '*.xml', '-o', '-name', OWNER, ')'];
	const result = await child(['find', at(folder), ...what, '-exec', 'tail', '-n', '+1', '-v', '--', '{}', '+'], deadline);
	if (result.exit !== 0 && !ABSENT.test(result.stderr)) {
		throw refused(`the definitions in ${folder} cannot be read: ${lastWord(result)}`, result);
	}
	const store: Store = {guests: new Map(), owner: undefined, broken: []};
	for (const part of result.stdout.split(/^==> (?=\/.* <==$)/mu).slice(1)) {
		const [head = ''] = part.split('\n', 1);
		const file = head.replace(/ <==$/u, '').replace(/^.*\//u, '');
		const text = part.slice(head.length + 1);
		if (file === OWNER) {
			store.owner = ownerIn(text);
			continue;
		}
		const stored = await definitionIn(text);
		if (!stored) {
			store.broken.push(file);
		} else if (!store.guests.has(stored.uuid) || file === `${stored.uuid}.xml`) {
			store.guests.set(stored.uuid, stored);
		}
	}
	return store;
}

function ownerIn(text: string): Owner | undefined {
	try {
		return OWNERS.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}

async function definitionIn(text: string): Promise<Stored | undefined> {
	const [document, ...more] = documents(text);
	if (document === undefined || more.length > 0) {
		return undefined;
	}
	try {
		const xml = await parseXml(document);
		const stored = {uuid: uuidOf(xml), name: nameOf(xml), text: document, xml};
		return isUuid(stored.uuid) && stored.name ? stored : undefined;
	} catch {
		return undefined;
	}
}

/** Put files onto the storage, each there as a whole or not at all, also after a power cut. They hold passwords: nobody else reads them. */
export async function writeStore(folder: string, stage: string, files: ReadonlyMap<string, string>, deadline: Deadline): Promise<void> {
	if (files.size === 0) {
		return;
	}
	const incoming = `${at(folder)}/.incoming`;
	const names = [...files.keys()];
	for (const [name, text] of files) {
		writeFileSync(`${stage}/${name}`, `${text.trim()}\n`, {mode: 0o600});
	}
	await must(['mkdir', '-p', '-m', '0700', '--', at(folder), incoming], deadline);
	await trusted(folder, deadline);
	await must(['cp', '--preserve=mode', '-t', incoming, '--', ...names.map(name => `${stage}/${name}`)], deadline);
	await must(['sync', '--', ...names.map(name => `${incoming}/${name}`)], deadline);
	await must(['mv', '-f', '-t', at(folder), '--', ...names.map(name => `${incoming}/${name}`)], deadline);
}

export const ownerFile = (owner: Owner): [string, string] => [OWNER, JSON.stringify(owner)];
/** These guests are nobody's any more. */
export const disown = (folder: string, deadline: Deadline): Promise<Result> =>
	child(['rm', '-f', '--', `${at(folder)}/${OWNER}`], deadline);
