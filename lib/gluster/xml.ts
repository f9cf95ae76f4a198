import {below, child, type Element, parseXml} from '../cluster/xml.ts';

/** What one brick says of what has to be healed, as `gluster volume heal VOLUME info summary --xml` tells it. */
export interface Heal {
	/** HOST:PATH. */
	brick: string;
	/** Whether the brick could be asked. */
	connected: boolean;
	/** Entries that the other bricks lack; nothing where that is not known. */
	pending: number | undefined;
	splitBrain: number | undefined;
	possibly: number | undefined;
}

/** One process of a volume, as `gluster volume status VOLUME --xml` tells it: a brick, or a daemon ("Self-heal Daemon"). */
export interface Row {
	host: string;
	path: string;
	uuid: string;
	online: boolean;
	/** Nothing for one that does not listen. */
	port: number | undefined;
	pid: number | undefined;
}

export interface Peer {
	uuid: string;
	names: string[];
	connected: boolean;
	/** "Peer in Cluster" is well. */
	state: string;
}

/** Gluster's command answers errors with exit 0, too. */
export class GlusterError extends Error {
	readonly errno: number;
	constructor(message: string, errno: number) {
		super(message);
		this.name = 'GlusterError';
		this.errno = errno;
	}
}

const text = (from: Element, ...path: string[]): string => child(from, ...path)?.text?.trim() ?? '';
/** A number, or nothing: "-", "N/A", text that a release put in its place. */
const number = (word: string): number | undefined => (/^\d{1,15}$/u.test(word) ? Number(word) : undefined);
const all = (from: Element, tag: string): Element[] => [...below(from)].filter(one => one.tag === tag);

/** What is below <cliOutput>. @throws {GlusterError} it says that it did not work; {Error} it is no answer of gluster's */
async function answer(output: string): Promise<Element> {
	const root = await parseXml(output);
	const code = text(root, 'opRet');
	if (root.tag !== 'cliOutput' || code === '') {
		throw new Error(`<${root.tag}> is no answer of gluster's`);
	}
	if (code !== '0') {
		throw new GlusterError(text(root, 'opErrstr') || text(root, 'output') || `opRet ${code}`, number(text(root, 'opErrno')) ?? 0);
	}
	return root;
}

/** An answer that only says whether it worked. @throws {GlusterError} */
export const done = async (output: string): Promise<void> => void (await answer(output));

/** Brick by brick. A brick that is away has no counts, and one release puts them into its <status>. @throws {GlusterError} */
export async function healSummary(output: string): Promise<Heal[]> {
	return all(await answer(output), 'brick').map(brick => {
		const connected = text(brick, 'status') === 'Connected';
		const count = (kind: RegExp): number | undefined =>
			connected ? number(brick.children.find(({tag}) => kind.test(tag))?.text ?? '') : undefined;
		return {
			brick: text(brick, 'name'),
			connected,
			pending: count(/Pending$/u),
			splitBrain: count(/SplitBrain$/u),
			possibly: count(/PossiblyHealing$/u),
		};
	});
}

/** The files of `gluster volume heal VOLUME info [split-brain] --xml`: which brick names which, by path or gfid. @throws {GlusterError} not every brick could be asked */
export async function healFiles(output: string): Promise<{brick: string; file: string; gfid: string}[]> {
	const bricks = all(await answer(output), 'brick');
	const silent = bricks.find(brick => text(brick, 'status') !== 'Connected');
	if (silent) {
		throw new GlusterError(`${text(silent, 'name')} cannot be asked what has to be healed: ${text(silent, 'status')}`, 0);
	}
	return bricks.flatMap(brick =>
		all(brick, 'file').map(file => ({brick: text(brick, 'name'), file: file.text?.trim() ?? '', gfid: file.at['gfid'] ?? ''})),
	);
}

/** @throws {GlusterError} the volume is not started, or there is none */
export async function statusRows(output: string): Promise<Row[]> {
	return all(await answer(output), 'node').map(node => ({
		host: text(node, 'hostname'),
		path: text(node, 'path'),
		uuid: text(node, 'peerid'),
		online: text(node, 'status') === '1',
		port: number(text(node, 'port')),
		pid: number(text(node, 'pid')),
	}));
}

/** @throws {GlusterError} */
export async function peers(output: string): Promise<Peer[]> {
	return all(await answer(output), 'peer').map(peer => ({
		uuid: text(peer, 'uuid'),
		names: [...new Set(all(peer, 'hostname').flatMap(name => name.text?.trim() ?? []))],
		connected: text(peer, 'connected') === '1',
		state: text(peer, 'stateStr'),
	}));
}
