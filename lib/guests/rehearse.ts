import {parseXml} from '../cluster/xml.ts';
import {plan} from '../plan.ts';
import {guests} from './index.ts';
import {machine} from './machine.ts';

/** A start and a stop without a host, for a start-up snapshot: what they compile is kept. Starts no program. */
export async function rehearse(): Promise<void> {
	for (const value of ['absent', 'running'] as const) {
		for (const goal of Object.values(guests.goals)) {
			plan(machine, machine.resolveState({value, context: {now: true}}), goal);
		}
	}
	await parseXml('<domain><name>none</name></domain>');
}
