/**
 * Fault after fault, by a seed, against the client that writes: `TWINPOOL_SEED` has the same ones again, `TWINPOOL_COUNT` says how many.
 * Where there is not time for all of them none begins `TWINPOOL_MINUTES` after the first, and `TWINPOOL_FIRST` goes on from there.
 */
import {randomInt} from 'node:crypto';
import type {Checks, Suite} from '../checks.ts';
import {endure, whole} from '../endurance.ts';
import {type Endured, report, summary} from '../endured.ts';
import {troubles as drbd} from '../fault/drbd.ts';
import {troubles as gluster} from '../fault/gluster.ts';
import {troubles as iscsi} from '../fault/iscsi.ts';
import type {Trouble} from '../fault/scene.ts';
import {alike} from '../halves.ts';
import {type KindName, kinds} from '../kind.ts';
import {cluster} from '../ledger.ts';
import {say} from '../report.ts';
import {schedule} from '../schedule.ts';
import {Watch} from '../watch.ts';

const fresh = randomInt(1_000_000);

function given(name: 'TWINPOOL_SEED' | 'TWINPOOL_COUNT' | 'TWINPOOL_FIRST' | 'TWINPOOL_MINUTES', usual: number): number {
	const number = Number(process.env[name] ?? usual);
	if (!(Number.isSafeInteger(number) && number >= 0)) {
		throw new Error(`${name} is ${process.env[name]}, and no whole number`);
	}
	return number;
}

async function soaked(checks: Checks, kind: KindName, troubles: readonly Trouble[], usual: number): Promise<void> {
	const [seed, count, first] = [given('TWINPOOL_SEED', fresh), given('TWINPOOL_COUNT', usual), given('TWINPOOL_FIRST', 1)];
	const minutes = given('TWINPOOL_MINUTES', 24 * 60);
	const plan = [...schedule(troubles, seed, count).entries()].filter(([index]) => index + 1 >= first);
	const [next] = plan;
	if (!next) {
		throw new Error(`there is no fault ${first} of ${count}: nothing would be tried`);
	}
	const again = `TWINPOOL_SEED=${seed} TWINPOOL_COUNT=${count} TWINPOOL_FIRST=`;
	say(`${plan.length} faults of ${troubles.length} kinds; ${again}${first} has the same ones again`);
	const writer = await cluster(checks, kind, 'disk');
	writer.stay();
	const watch = new Watch(kinds[kind]);
	const endured: (Endured & {kind: string})[] = [];
	try {
		let from = await checks.need(`${kind}: both nodes are in step`, () => whole(watch));
		const until = Date.now() + 60_000 * minutes;
		for (const [index, {trouble, role}] of plan) {
			if (Date.now() > until) {
				break;
			}
			const fault = {name: `${kind} ${index + 1} of ${count}, ${trouble.name}, ${role}`, ...trouble.make(role)};
			const round = await endure({checks, writer, watch}, fault, from);
			endured.push({...round, kind: trouble.name});
			from = round.to;
		}
		await checks.check(`${kind}: after all of it both copies are alike`, () => alike(kind, from, writer));
	} finally {
		await watch.close();
		process.stdout.write(`${report(endured)}\n\n${summary(endured)}\n`);
		say(`${endured.length} of ${plan.length} faults were endured; ${again}${next[0] + 1 + endured.length} goes on from here`);
	}
}

const soak = (kind: KindName, troubles: readonly Trouble[], usual: number): Suite => ({
	title: 'fault after fault, by a seed',
	run: checks => soaked(checks, kind, troubles, usual),
});

/** Hours: only by name. */
export const soaks: Readonly<Record<string, Suite>> = {
	'soak-drbd': soak('soak-drbd', drbd, 60),
	'soak-iscsi': soak('soak-iscsi', iscsi, 20),
	'soak-gluster': soak('soak-gluster', gluster, 20),
};
