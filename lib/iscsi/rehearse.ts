import {parseCib} from '../cluster/cib.ts';
import {othersDown} from '../cluster/history.ts';
import {leaseIn} from '../cluster/lease.ts';
import {SAMPLE} from '../cluster/sample.ts';
import {deadlineOf} from '../deadline.ts';
import {plan} from '../plan.ts';
import {localHalves} from './halves.ts';
import {leg} from './index.ts';
import {machine} from './machine.ts';

/** A start without a host, for a start-up snapshot: what it compiles is kept. Starts no program, opens no device. */
export async function rehearse(): Promise<void> {
	for (const value of [
		{session: 'none', vdev: 'absent'},
		{session: 'FAILED', vdev: 'ONLINE'},
	]) {
		for (const goal of Object.values(leg.goals)) {
			plan(machine, machine.resolveState({value, context: {}}), goal);
		}
	}
	await localHalves('none', deadlineOf(1000));
	const cib = await parseCib(SAMPLE);
	leaseIn(cib, 'none');
	await othersDown('a', Promise.resolve(cib));
}
