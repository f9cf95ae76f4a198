// The CIB as Pacemaker 2.1.5 printed it in the lab, and what becomes of it.
import {readFileSync} from 'node:fs';

const FOLDER = new URL('../fixture/pacemaker-2.1.5/', import.meta.url);

export interface Capture {
	stdout: string;
	stderr: string;
	exit: number;
}

export const captured = (name: string): Capture => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Capture;

/** Attributes of a node's state, as Pacemaker writes them in each case (controld_membership.c, 2.1.5). */
export const STATES = {
	member: 'in_ccm="true" crmd="online" join="member" expected="member"',
	joining: 'in_ccm="true" crmd="online" join="down" expected="down"',
	stopped: 'in_ccm="true" crmd="offline" join="down" expected="down"',
	down: 'in_ccm="false" crmd="offline" join="down" expected="down"',
	lost: 'in_ccm="false" crmd="offline" join="down" expected="member"',
} as const;

interface Change {
	/** bravo's state; `fenced` is down with its history wiped, `absent` is no state at all. */
	bravo?: keyof typeof STATES | 'fenced' | 'absent';
	constraint?: string;
	quorum?: boolean;
}

/** A CIB of the lab: both, peer-stopped, unclean. */
export const capturedCib = (name: string): string => readFileSync(new URL(`../fixture/cib/${name}.xml`, import.meta.url), 'utf8');

/** The captured CIB of two healthy nodes, alpha promoted, with another state of bravo. */
export function cib({bravo = 'member', constraint = '', quorum = true}: Change = {}): string {
	const text = capturedCib('both')
		.replace('have-quorum="1"', `have-quorum="${quorum ? 1 : 0}"`)
		.replace('</constraints>', `${constraint}</constraints>`);
	const state = /<node_state id="2"[\s\S]*?<\/node_state>/u.exec(text)?.[0] ?? '';
	const opened = (words: string): string => `<node_state id="2" uname="bravo" crm-debug-origin="test" ${words}>`;
	if (bravo === 'absent') {
		return text.replace(state, '');
	}
	if (bravo === 'fenced') {
		return text.replace(state, `${opened(STATES.down)}</node_state>`);
	}
	return text.replace(state, state.replace(/^<node_state[^>]*>/u, opened(STATES[bravo])));
}

/** The constraint as LINBIT's scripts write it: 8.4 without a node id in the expression's id, 9 with one. */
export const constraintFor = (node: string, nodeId?: number): string =>
	`<rsc_location rsc="vmstore-clone" id="drbd-fence-by-handler-vmstore-vmstore-clone"><rule role="Master" score="-INFINITY" id="drbd-fence-by-handler-vmstore-rule-vmstore-clone"><expression attribute="#uname" operation="ne" value="${node}" id="drbd-fence-by-handler-vmstore-expr-${nodeId === undefined ? '' : `${nodeId}-`}vmstore-clone"/></rule></rsc_location>`;

/** How it is lifted: only as long as it is this one. */
export const liftOf = (node: string, nodeId?: number): string =>
	`cibadmin -D --xpath //rsc_location[@id='drbd-fence-by-handler-vmstore-vmstore-clone' and count(rule/expression)=1 and rule/expression[@value='${node}' and @id='drbd-fence-by-handler-vmstore-expr-${nodeId === undefined ? '' : `${nodeId}-`}vmstore-clone']]`;
