import {child, type Element, parseXml} from '../cluster/xml.ts';
import type {Deadline} from '../deadline.ts';
import {lastWord} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Result, run, ToolError} from '../run.ts';
import {alive, isLocal, processesOf, records} from './process.ts';
import {type Guest, wordOf} from './states.ts';
import {nameOf, poolsOf, uuidOf} from './storage.ts';
import {documents, dump, pool, survey, surveyed, unreachable} from './virsh.ts';

/** What one look at a host shows. */
export interface Seen {
	guests: Guest[];
	/** Why libvirt does not answer: what is seen are its own records, and the processes. */
	silent?: string;
	/** The guests' documents, where the look had them anyway. */
	domains: Map<string, Element>;
}

/** Of the time that is left, libvirt may take so much before it counts as silent, and so many milliseconds at most. */
const SHARE = 0.4;
const MOST = 15_000;
const LOOKS = 5;

/**
 * Every guest of a host, by one virsh. When libvirt does not answer here, its own records of what it runs and the processes
 * themselves are looked at.
 * @throws {OcfError} when nobody can tell
 */
export async function see(uri: string, deadline: Deadline, most = MOST): Promise<Seen> {
	for (let looks = 1; ; looks += 1) {
		const answer = await ask(uri, Math.max(1, Math.min(most, deadline.left() * SHARE)));
		if (typeof answer === 'string') {
			return recorded(uri, answer);
		}
		const guests = surveyed(answer.stdout);
		if (guests) {
			return {guests, domains: new Map()};
		}
		if (looks === LOOKS) {
			throw new OcfError(
				OCF.ERR_GENERIC,
				`virsh -c ${uri} lists its guests in a way that is not understood: ${answer.stdout.slice(0, 60)}`,
			);
		}
	}
}

async function ask(uri: string, timeout: number): Promise<Result | string> {
	try {
		const result = await run(survey(uri), {timeout});
		return result.exit === 0 || !unreachable(result.stderr) ? result : lastWord(result);
	} catch (error) {
		// Where virsh is missing, another host's guests are nothing that this node could have started.
		if (error instanceof ToolError && (error.fault !== 'missing' || isLocal(uri))) {
			return error.message;
		}
		throw error;
	}
}

/** The words of a status file, in the order of libvirt's numbers. */
const STATUS = ['nostate', 'running', 'blocked', 'paused', 'shutdown', 'shutoff', 'crashed', 'pmsuspended'];

export async function recorded(uri: string, silent: string): Promise<Seen> {
	if (!isLocal(uri)) {
		throw new OcfError(OCF.ERR_GENERIC, `libvirt at ${uri} does not answer, and its processes are on another host: ${silent}`);
	}
	const status = await Promise.all(records().map(parseXml));
	const domains = new Map<string, Element>();
	const guests = status.flatMap(({at, children}) => {
		const domain = children.find(({tag}) => tag === 'domain');
		if (!domain) {
			return [];
		}
		domains.set(uuidOf(domain), domain);
		return [{uuid: uuidOf(domain), name: nameOf(domain), word: wordOf(STATUS.indexOf(at['state'] ?? '')), reason: 0}];
	});
	const processes = processesOf(guests);
	const there = ({uuid}: Guest): boolean => (processes.get(uuid) ?? []).some(alive);
	return {guests: guests.map(guest => (there(guest) ? guest : {...guest, word: 'shut off'})), silent, domains};
}

/** The documents of these guests. One that went away meanwhile has none. */
export async function domainsOf(
	uri: string,
	uuids: readonly string[],
	deadline: Deadline,
	as = dump,
): Promise<Map<string, {text: string; xml: Element}>> {
	if (uuids.length === 0) {
		return new Map();
	}
	const {stdout} = await run(as(uri, uuids), {timeout: deadline.left()});
	const found = await Promise.all(documents(stdout).map(async text => ({text, xml: await parseXml(text)})));
	return new Map(found.map(one => [uuidOf(one.xml), one]));
}

/** libvirt's pools that these guests name. */
export async function poolsFor(uri: string, domains: Iterable<Element>, deadline: Deadline): Promise<Map<string, Element>> {
	const names = new Set([...domains].flatMap(poolsOf));
	const found = new Map<string, Element>();
	for (const name of names) {
		const {exit, stdout} = await run(pool(uri, name), {timeout: deadline.left()});
		if (exit === 0) {
			const xml = await parseXml(stdout.trim());
			found.set(child(xml, 'name')?.text ?? name, xml);
		}
	}
	return found;
}
