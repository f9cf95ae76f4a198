import {parseCib} from '../cluster/cib.ts';
import {othersDown} from '../cluster/history.ts';
import {SAMPLE} from '../cluster/sample.ts';
import {deadlineOf} from '../deadline.ts';
import {plan} from '../plan.ts';
import type {Label} from '../vdev/label.ts';
import {activity} from '../vdev/uberblock.ts';
import {importArgs} from './args.ts';
import {find} from './find.ts';
import {command} from './import.ts';
import {zpool} from './index.ts';
import {machine} from './machine.ts';
import {force} from './right.ts';

/** The label of a pool that this host exported, as far as an import asks. */
const LABEL: Label = {
	pool: 'none',
	poolGuid: '1',
	guid: '2',
	topGuid: '2',
	path: '/dev/none',
	state: 'exported',
	txg: 1,
	hostid: 0,
	hostname: '',
	tops: 1,
	leaves: [],
	encrypted: false,
	activity: {txg: 1, listen: 0, trail: new Map(), times: new Map()},
};

/** A start without a host, for a start-up snapshot: what it compiles is kept. Starts no program, opens no device. */
export async function rehearse(): Promise<void> {
	const {goals} = zpool(() => undefined);
	for (const value of ['absent', 'ONLINE']) {
		for (const goal of Object.values(goals)) {
			plan(machine, machine.resolveState({value, context: {}}), goal);
		}
	}
	const deadline = deadlineOf(1000);
	await find('none', [], deadline);
	activity(Buffer.alloc(256 * 1024));
	const found = {
		devices: [{path: LABEL.path, name: 'none', kind: 'disk' as const, label: LABEL}],
		newest: LABEL,
		missing: [],
		incomplete: false,
	};
	const params = {
		pool: 'none',
		importargs: '',
		importforce: 'auto' as const,
		devices: [],
		holders: 'report' as const,
		degraded: false,
		zvol_wait: 0,
		instance: '',
	};
	command(
		'none',
		importArgs(''),
		found,
		await force(
			params,
			found,
			() => parseCib(SAMPLE),
			deadline,
			() => undefined,
		),
	);
	await othersDown('a', parseCib(SAMPLE));
}
