import {parseCib} from '../cluster/cib.ts';
import {othersDown} from '../cluster/history.ts';
import {SAMPLE} from '../cluster/sample.ts';
import {deadlineOf} from '../deadline.ts';
import {workOut} from '../fence/ahead.ts';
import {plan} from '../plan.ts';
import {drbd} from './index.ts';
import {machine} from './machine.ts';

/** This node behind a dead Primary that DRBD still sees; and behind one that it has given up. */
const BEHIND = {role: 'Secondary', disk: 'UpToDate', connection: 'Connected', 'peer-role': 'Primary', 'peer-disk': 'UpToDate'};
const ALONE = {...BEHIND, connection: 'StandAlone', 'peer-role': 'Unknown', 'peer-disk': 'DUnknown'};

/**
 * A promotion without a host, for a start-up snapshot: node keeps what was compiled, and compiling is a large part of what a
 * program's first and only run costs. Starts no program, finds no cluster, changes nothing.
 */
export async function rehearse(): Promise<void> {
	for (const up of [BEHIND, ALONE]) {
		const here = machine.resolveState({value: {up}, context: {twoPrimaries: false, peerDown: true}});
		for (const goal of Object.values(drbd.goals)) {
			plan(machine, here, goal);
		}
	}
	const cib = parseCib(SAMPLE);
	await othersDown('a', cib);
	await workOut({resource: 'r', minors: [0], me: 'a', cib, deadline: deadlineOf(1000)});
}
