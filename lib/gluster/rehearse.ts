import {parseCib} from '../cluster/cib.ts';
import {othersDown} from '../cluster/history.ts';
import {leaseIn} from '../cluster/lease.ts';
import {SAMPLE} from '../cluster/sample.ts';
import {plan} from '../plan.ts';
import {connections} from '../sockets.ts';
import {copy} from './index.ts';
import {machine} from './machine.ts';

/** A start without a host, for a start-up snapshot: what it compiles is kept. Starts no program, opens no device. */
export async function rehearse(): Promise<void> {
	const goal = copy.goals['keep'] ?? {reach: [], by: []};
	for (const value of ['parted', 'dead']) {
		plan(machine, machine.resolveState({value, context: {}}), goal);
	}
	connections();
	const cib = await parseCib(SAMPLE);
	leaseIn(cib, 'none');
	await othersDown('a', Promise.resolve(cib));
}
