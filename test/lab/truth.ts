/** What a node's kernel and cluster say of themselves, and whether `twinpool status` says the same. Pure: texts in, sentences out. */

/** Asked without any program of ours, a section a source. */
export const QUESTION = [
	'echo @quorum; corosync-quorumtool -s 2>/dev/null | grep -i "^Quorate:"',
	'echo @mon; crm_mon --one-shot --as-xml',
	'echo @drbd; cat /proc/drbd 2>/dev/null',
	'echo @pools; grep -H . /proc/spl/kstat/zfs/*/state 2>/dev/null',
	'echo @sessions; cat /sys/class/iscsi_session/*/state 2>/dev/null',
	'echo @history; stonith_admin --history "*" --verbose --output-as=xml',
	'true',
].join('; ');

/** By kind, name and node of an item of status: how its words begin. */
export type Claims = ReadonlyMap<string, string>;

export interface Item {
	readonly kind: string;
	readonly name: string;
	readonly node: string;
	readonly words: string;
	readonly level: string;
	readonly says?: string;
}

const key = (kind: string, name: string, node: string): string => `${kind}|${name}|${node}`;
const MEMBER = 'member';
/** Everything that is no member: status has several words for why. */
const AWAY = 'away';

const sectionsOf = (text: string): Map<string, string> =>
	new Map(
		text
			.split(/^@/mu)
			.flatMap(part => (part.includes('\n') ? [[part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]] : [])),
	);
const attribute = (element: string, name: string): string => new RegExp(` ${name}="([^"]*)"`, 'u').exec(element)?.[1] ?? '';

function* clustered(mon: string): Generator<[string, string]> {
	for (const [element] of mon.matchAll(/<node [^>]* online="[^>]*>/gu)) {
		const is = attribute(element, 'online') === 'true' && attribute(element, 'pending') !== 'true';
		yield [key('node', '', attribute(element, 'name')), is ? MEMBER : AWAY];
	}
	for (const [, head = '', inside = ''] of mon.matchAll(/(<resource [^>]*[^/]>)(.*?)<\/resource>/gsu)) {
		const role = attribute(head, 'role');
		if (attribute(head, 'active') === 'true' && role !== 'Stopped') {
			for (const [node] of inside.matchAll(/<node [^>]*>/gu)) {
				const words = /^(Promoted|Master)$/u.test(role) ? 'promoted' : 'active';
				yield [key('resource', attribute(head, 'id').replace(/:\d+$/u, ''), attribute(node, 'name')), words];
			}
		}
	}
}

/** /proc/drbd of 8.4, one resource with one volume. */
function* replicated(proc: string, resource: string, node: string, other: string): Generator<[string, string]> {
	const [, connection, role, peerRole, disk, peerDisk] = /^ *\d+: cs:(\w+) ro:(\w+)\/(\w+) ds:(\w+)\/(\w+)/mu.exec(proc) ?? [];
	if (connection !== undefined && connection !== 'Unconfigured') {
		// DRBD 9's one word for the two of 8.4, as status has it.
		yield [key('drbd', resource, node), `${role} ${disk} ${connection.replace(/^WF(?:Connection|ReportParams)$/u, 'Connecting')}`];
		if (peerRole !== 'Unknown') {
			yield [key('drbd', resource, other), `${peerRole} ${peerDisk}`];
		}
	}
}

/** What is so at a moment, as a node's answer to the question says. */
export function claims(text: string, {node, other, resource}: {node: string; other: string; resource: string}): Claims {
	const has = sectionsOf(text);
	const part = (name: string): string => has.get(name) ?? '';
	const pools = [...part('pools').matchAll(/\/([^/]+)\/state:(\w+)$/gmu)].map(([, name = '', state = '']): [string, string] => [
		key('pool', name, node),
		state,
	]);
	const quorum = /Yes/iu.test(part('quorum')) ? 'quorum' : 'no quorum';
	const [session] = part('sessions').split('\n');
	const events = [...part('history').matchAll(/<fence_event [^>]*>/gu)].map(([element]) => ({
		target: attribute(element, 'target'),
		says: `${attribute(element, 'action')} ${attribute(element, 'status')}`,
	}));
	// Of a node with one that failed, or still runs, the last one would have to be found.
	const fenced = events
		.filter(({target}) => events.every(one => one.target !== target || one.says.endsWith(' success')))
		.map(({target, says}): [string, string] => [key('fencing', '', target), says]);
	return new Map([
		...(part('quorum') === '' ? [] : [[key('cluster', '', ''), quorum] as const]),
		...clustered(part('mon')),
		...replicated(part('drbd'), resource, node, other),
		...pools,
		...(session && pools.length > 0 ? [[key('leg', pools[0]?.[0].split('|')[1] ?? '', node), session] as const] : []),
		...new Map(fenced),
	]);
}

/** Whatever else status shows of these kinds has to be among the claims; a pool that is absent, and a resource with a sentence, are no places. */
const place = ({kind, name, node, words}: Item): boolean =>
	(kind === 'resource' && node !== '' && !name.includes(' ')) || (kind === 'pool' && words !== 'absent') || kind === 'node';

/**
 * Against what was so before and after it was asked: either is the truth. `lies` contradict both; of what is `silent` it says that it
 * does not know, or nothing.
 */
export function judged(before: Claims, after: Claims, items: readonly Item[]): {lies: string[]; silent: string[]} {
	const said = new Map(items.map(item => [key(item.kind, item.name, item.node), item]));
	const found = [...new Set([...before.keys(), ...after.keys()])].map(name =>
		held(name, [before.get(name), after.get(name)], said.get(name)),
	);
	const nowhere = [...said]
		.filter(([name, item]) => place(item) && item.words !== '' && !(before.has(name) || after.has(name)))
		.map(([name, {words}]) => `${name} is nowhere, and status says ${words}`);
	return {lies: [...found.flatMap(({lie}) => lie ?? []), ...nowhere], silent: found.flatMap(({silence}) => silence ?? [])};
}

/** Of a peer that DRBD does not see it says nothing. */
function wordsOf(item: Item | undefined): string {
	if (item?.kind === 'node' && item.words !== MEMBER && item.words !== '') {
		return AWAY;
	}
	return item?.kind === 'drbd' && item.words.startsWith('Unknown') ? '' : (item?.words ?? '');
}

/** One claim: how it was before and after, and what status has of it. */
function held(name: string, allowed: readonly (string | undefined)[], item: Item | undefined): {lie?: string; silence?: string} {
	const words = wordsOf(item);
	const maybeNot = allowed.includes(undefined);
	if (words === '' || (item?.kind === 'pool' && words === 'absent' && maybeNot)) {
		return maybeNot ? {} : {silence: `${name} is ${allowed.join(' or ')}, and status does not say so`};
	}
	if (allowed.some(one => one !== undefined && words.startsWith(one))) {
		return {};
	}
	const says = `${name} is ${allowed.map(one => one ?? 'not there').join(' or ')}, and status says ${words}`;
	// What keeps a leg writes down what it saw a moment ago.
	return item?.kind === 'leg' ? {silence: says} : {lie: says};
}
