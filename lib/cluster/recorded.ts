import type {ClusterNode} from './cib.ts';
import {below, child, type Element} from './xml.ts';

/** What Pacemaker's history says of a resource on a node. */
export type Recorded = 'promoted' | 'active' | 'stopped' | 'none';

/**
 * The last word of each resource's history on this node, by the resource's name (a clone's instance number is not part of it).
 * Pacemaker expects a node down from the moment in which it asks to leave: only this tells whether it got to the end of stopping.
 */
export function recorded(node: ClusterNode): Map<string, Recorded> {
	const found = new Map<string, Recorded>();
	for (const {at, children} of child(node.status, 'lrm', 'lrm_resources')?.children ?? []) {
		const name = (at['id'] ?? '').replace(/:\d+$/u, '');
		const said = lastWord(children);
		if (said !== 'none' && found.get(name) !== 'promoted') {
			found.set(name, said);
		}
	}
	return found;
}

function lastWord(history: Element[]): Recorded {
	// A promotion or a start that was begun and not yet answered counts as done: the worst is assumed.
	const pending = history.find(({at}) => at['op-status'] === '-1' && /^(promote|start)$/u.test(at['operation'] ?? ''));
	if (pending) {
		return pending.at['operation'] === 'promote' ? 'promoted' : 'active';
	}
	const [last] = history
		.filter(({at}) => Number(at['call-id']) > 0)
		.sort((one, other) => Number(other.at['call-id']) - Number(one.at['call-id']));
	return last ? meaning(last.at['operation'] ?? '', Number(last.at['rc-code'])) : 'none';
}

function meaning(operation: string, code: number): Recorded {
	if (code === 8 || code === 9 || code === 191) {
		return 'promoted';
	}
	if (operation === 'promote') {
		return 'promoted';
	}
	if (operation === 'stop') {
		return code === 0 ? 'stopped' : 'active';
	}
	if (operation === 'monitor' && (code === 7 || code === 5)) {
		return 'stopped';
	}
	// A demotion that failed leaves the resource as it was.
	return operation === 'demote' && code !== 0 ? 'promoted' : 'active';
}

/** The node's transient attributes: what agents told of it since it joined. */
export const attributesOf = (node: ClusterNode): Map<string, string> =>
	new Map(
		[...below(child(node.status, 'transient_attributes'))]
			.filter(({tag}) => tag === 'nvpair')
			.map(({at: {name = '', value = ''}}) => [name, value]),
	);
