/** `twinpool status` in both its forms, held against what kernel and cluster say before and after it. */
import {type Node, other, resource} from './config.ts';
import {say, seconds} from './report.ts';
import {ask, sh} from './ssh.ts';
import {type Claims, claims, type Item, judged, QUESTION} from './truth.ts';
import {Late, until} from './wait.ts';

export interface Status {
	readonly level: 'well' | 'ill' | 'unknown';
	readonly host: string;
	readonly items: readonly Item[];
}

const EXIT = {well: 0, ill: 1, unknown: 2};
/** Seconds: of one look on an emulated node, and for one that sees all of it. */
const LOOK = 180;
const SEES = 600;

class Lie extends Error {}

const truth = async (node: Node): Promise<Claims> => claims(await sh(node, QUESTION, LOOK), {node, other: other(node), resource});

async function look(node: Node): Promise<Status> {
	const {stdout, stderr, exit} = await ask(node, 'twinpool status --json', LOOK);
	if (!stdout.startsWith('{')) {
		throw new Error(`${node}: twinpool status ended with ${exit}: ${stderr.trim()}`);
	}
	const status = JSON.parse(stdout) as Status;
	if (exit !== EXIT[status.level]) {
		throw new Lie(`${node}: twinpool status is ${status.level}, and ends with ${exit}`);
	}
	return status;
}

const described = ({items}: Status): string =>
	items
		.filter(({level}) => level !== 'well')
		.map(({kind, name, node, words, says = ''}) => `${node} ${kind} ${name}: ${words} ${says}`)
		.join('; ');

/** It says what is so; a look that did not see all of it is taken again, and one that says what is not so is an error. Gives the last one. */
export async function truthful(node: Node, holds: (status: Status) => boolean = () => true): Promise<Status> {
	let lie: Lie | undefined;
	let last: Status | undefined;
	const found = await until(`what status of ${node} says, and what is so`, SEES, async () => {
		const before = await truth(node);
		try {
			last = await look(node);
		} catch (error) {
			if (error instanceof Lie) {
				lie = error;
				return true;
			}
			throw error;
		}
		const {lies, silent} = judged(before, await truth(node), last.items);
		if (lies.length > 0) {
			lie = new Lie(`${node}: ${lies.join('; ')}`);
			return true;
		}
		if (silent.length > 0) {
			throw new Error(silent.join('; '));
		}
		return holds(last) && last;
	}).catch((error: unknown) => {
		throw error instanceof Late && last ? new Late(`${error.message}; status: ${described(last)}`) : error;
	});
	if (lie || found === true) {
		throw lie ?? new Error('no status');
	}
	return found;
}

/** All is well, on the screen as in JSON. */
export async function allWell(node: Node): Promise<void> {
	const {items} = await truthful(node, ({level}) => level === 'well');
	const began = performance.now();
	// A look that could not tell everything is taken again, as above.
	const {stdout, exit} = await until(`${node} to tell everything`, SEES, async () => {
		const shown = await ask(node, 'twinpool status', LOOK);
		return shown.exit !== EXIT.unknown && shown;
	});
	say(`  status of ${node}: ${seconds((performance.now() - began) / 1000)} s, ${items.length} items`);
	const unsaid = items.filter(({kind, words}) => !(stdout.includes(kind) && stdout.includes(words)));
	if (exit !== 0 || !/^all is well$/mu.test(stdout) || unsaid.length > 0) {
		throw new Error(`${node}: exit ${exit}; not shown: ${unsaid.map(({kind, words}) => `${kind} ${words}`).join(', ')}; shown:\n${stdout}`);
	}
}

/** The node that is away is said to be, by this one: and that it was fenced, once it was. */
export const saysGone = (node: Node): Promise<Status> =>
	truthful(
		node,
		({items, level}) => level === 'ill' && items.some(one => one.kind === 'node' && one.node === other(node) && one.words !== 'member'),
	);
