import {type HostCheck, when} from './finding.ts';

/** A value within corosync.conf's quorum section; 0 and 1 there. */
const quorum = (text: string, name: string): string | undefined => {
	const section = /^\s*quorum\s*\{(?<inside>[^}]*(?:\{[^}]*\}[^}]*)*)\}/mu.exec(text)?.groups?.['inside'] ?? '';
	return new RegExp(`^\\s*${name}:\\s*(\\S+)`, 'mu').exec(section)?.[1];
};
const nodes = (text: string): number => [...text.matchAll(/^\s*node\s*\{/gmu)].length;
/** A third vote of corosync's own. */
const third = (text: string): boolean => /^\s*device\s*\{/mu.test(text);

export const COROSYNC: readonly HostCheck[] = [
	{
		name: 'wait_for_all off',
		severity: 'loss',
		of: 'host',
		look({record}) {
			const text = record.texts.corosync ?? '';
			return when(
				quorum(text, 'two_node') === '1' && quorum(text, 'wait_for_all') === '0',
				'two_node is 1 and wait_for_all is 0 in corosync.conf',
				'a node that boots without the other one fences it and takes the storage, by a CIB and data of yesterday',
				'take wait_for_all out of corosync.conf on both nodes (it comes with two_node); corosync-cfgtool -R',
			);
		},
	},
	{
		name: 'no two_node',
		severity: 'stuck',
		of: 'host',
		look({record}) {
			const text = record.texts.corosync ?? '';
			return when(
				nodes(text) === 2 && quorum(text, 'provider') === 'corosync_votequorum' && quorum(text, 'two_node') !== '1' && !third(text),
				'corosync.conf has two nodes without two_node',
				'when one is lost the other one has no quorum, and stops everything instead of taking over',
				'two_node: 1 in the quorum section on both nodes; then restart corosync on both',
			);
		},
	},
];
