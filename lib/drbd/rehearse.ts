import {parseCib, type Runner} from '../cluster/cib.ts';
import {othersDown} from '../cluster/history.ts';
import {SAMPLE} from '../cluster/sample.ts';
import {deadlineOf} from '../deadline.ts';
import {workOut} from '../fence/ahead.ts';
import {keep, read} from '../host.ts';
import {plan} from '../plan.ts';
import {glance} from './glance.ts';
import {drbd} from './index.ts';
import {machine} from './machine.ts';
import {remember} from './memory.ts';

/** This node behind a dead Primary that DRBD still sees; and behind one that it has given up. */
const BEHIND = {role: 'Secondary', disk: 'UpToDate', connection: 'Connected', 'peer-role': 'Primary', 'peer-disk': 'UpToDate'};
const ALONE = {...BEHIND, connection: 'StandAlone', 'peer-role': 'Unknown', 'peer-disk': 'DUnknown'};

/** The same to the kernel, on 8.4. */
const PROC = 'version: 8.4.11 (api:1/proto:86-101)\n 0: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----\n';
/** A cluster that takes whatever it is told. */
const start: Runner = argv => Promise.resolve({argv, exit: 0, stdout: '', stderr: '', ms: 0});

/**
 * A promotion on a host of files, for a start-up snapshot: node keeps what was compiled, and compiling is a large part of what a
 * program's first and only run costs. Starts no program, asks no cluster. Gives what fence-peer would be answered.
 */
export async function rehearse(): Promise<string | undefined> {
	for (const up of [BEHIND, ALONE]) {
		const here = machine.resolveState({value: {up}, context: {twoPrimaries: false, peerDown: true}});
		for (const goal of Object.values(drbd.goals)) {
			plan(machine, here, goal);
		}
	}
	keep('/proc/drbd', PROC);
	keep('/proc/uptime', '1.00 1.00\n');
	remember('r', {minors: [0], asks: true});
	glance('r');
	const cib = parseCib(SAMPLE);
	await othersDown('a', cib);
	await workOut({resource: 'r', minors: [0], me: 'a', cib, deadline: deadlineOf(10_000), start});
	return read('/run/twinpool/verdict-r');
}
