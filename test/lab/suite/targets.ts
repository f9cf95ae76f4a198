/** A leg whose target is wrong in each way that we know of: what is said, with which exit code, that stop ends, and what comes after. */
import {act, good, maintenance} from '../byhand.ts';
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {other} from '../config.ts';
import {imported, longest} from '../cuts.ts';
import {cluster} from '../ledger.ts';
import {legSeen, mirrored} from '../mirror.ts';
import {say, seconds, table} from '../report.ts';
import {intact, limits} from '../round.ts';
import {ask, sh} from '../ssh.ts';
import {type Fault, faults} from '../targets.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

/** stall=10, and what may come on top of it. */
const stall = 13;

/** One fault from its beginning to its end, with the pool running, stopped and started meanwhile. Gives a row of the table. */
async function tried(writer: Writer, {what, says, startOnly, longest: most = stall, spoil, mend}: Fault): Promise<string[]> {
	const node = await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const began = Date.now();
	await spoil(other(node), node);
	const row = [what];
	try {
		if (!startOnly) {
			await until(`${node} says ${says}`, 120, async () => says.test((await legSeen(node))?.says ?? ''), 500);
			await writer.first(Date.now(), 60, node);
			const monitor = await act(node, 'leg', 'monitor');
			const degraded = await act(node, 'leg', 'monitor', {degraded: 'true'});
			if (monitor.exit !== 0 || degraded.exit !== 190) {
				throw new Error(`monitor: exit ${monitor.exit}, with degraded ${degraded.exit}: ${monitor.says}`);
			}
		}
		const longestWrite = longest(writer, began);
		await writer.pause();
		const stops = [await good(node, 'zpool', 'stop'), await good(node, 'leg', 'stop')];
		const start = await good(node, 'leg', 'start');
		const word = says.exec(start.says)?.[0];
		if (word === undefined) {
			throw new Error(`start does not say ${says}: ${start.says}`);
		}
		writer.resume();
		await good(node, 'zpool', 'start');
		row.push(
			seconds(longestWrite),
			startOnly ? '-' : '0, 190',
			stops.map(({took}) => seconds(took)).join(' + '),
			seconds(start.took),
			word,
		);
		if (longestWrite > most) {
			throw new Error(`a write waited ${seconds(longestWrite)} s`);
		}
	} finally {
		await mend(other(node), node);
		writer.resume();
		if (!(await imported(node))) {
			await act(node, 'leg', 'start');
			await act(node, 'zpool', 'start');
		}
	}
	const mended = Date.now();
	await until('the leg has everything again', limits.return, mirrored, 500);
	row.push(seconds((Date.now() - mended) / 1000));
	await intact(writer, node);
	return row;
}

/** openzfs/zfs#14886: the pool imported on both hosts at once, each with a half of its own. */
async function race(writer: Writer): Promise<void> {
	const node = await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await writer.pause();
	await good(node, 'zpool', 'stop');
	await good(node, 'leg', 'stop');
	const both = await Promise.all([act(node, 'leg', 'start'), act(other(node), 'leg', 'start')]);
	const won = both.filter(({exit}) => exit === 0).length;
	const [ours, theirs] = await Promise.all([act(node, 'zpool', 'start'), act(other(node), 'zpool', 'start')]);
	const there = (await Promise.all([node, other(node)].map(imported))).filter(Boolean).length;
	say(`  ${won} of two got the lease; imports: exit ${ours.exit} and ${theirs.exit}`);
	for (const {exit, says} of [...both, ours, theirs]) {
		if (exit !== 0) {
			say(`  ${/ocf-exit-reason:.*/u.exec(says)?.[0] ?? says}`);
		}
	}
	for (const one of [node, other(node)]) {
		await act(one, 'zpool', 'stop');
		await act(one, 'leg', 'stop');
	}
	if (won > 1 || there !== won) {
		throw new Error(`${won} leases, ${there} imports`);
	}
	await good(node, 'leg', 'start');
	writer.resume();
	await good(node, 'zpool', 'start');
	await until('the mirror is whole', limits.return, mirrored, 500);
}

/** iscsid has died unseen, and then the leg is lost. */
async function withoutDaemon(writer: Writer): Promise<void> {
	const node = await until('the pool on a node', 60, holder);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await sh(node, 'systemctl kill -s KILL iscsid');
	await until('iscsid runs again', 60, async () => (await ask(node, 'systemctl is-active iscsid', 30)).exit === 0, 1000);
	// It takes its sessions over, for which it connects them once more.
	await sh(node, 'sleep 15', 60);
	await until('the mirror is whole', limits.return, mirrored, 500);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	const began = Date.now();
	const [dead] = faults;
	await dead?.spoil(other(node), node);
	await until('the leg let go', 60, async () => /^none /u.test((await legSeen(node))?.words ?? ''), 500);
	await writer.first(Date.now(), 60, node);
	const longestWrite = longest(writer, began);
	await dead?.mend(other(node), node);
	await until('the mirror is whole', limits.return, mirrored, 500);
	say(`  the longest stall ${seconds(longestWrite)} s`);
	if (longestWrite > stall) {
		throw new Error(`a write waited ${seconds(longestWrite)} s`);
	}
}

export const targets: Suite = {
	title: 'a leg whose target is wrong',
	async run(checks) {
		const writer = await cluster(checks, 'leg', 'disk');
		await until('the pool on a node', 60, holder);
		await maintenance(true);
		const rows: string[][] = [];
		for (const fault of faults) {
			const row = await checks.check(`${fault.what}: said, stop ends in time, the leg is back without a hand`, () => tried(writer, fault));
			rows.push(...(row ? [row] : []));
		}
		await checks.check('both nodes start at once: one lease, one import', () => race(writer));
		await checks.check('iscsid dies, and then the leg is lost', () => withoutDaemon(writer));
		await maintenance(false);
		process.stdout.write(
			`${table([['what is wrong, s', 'write waited', 'monitor', 'stop pool + leg', 'start', 'said', 'whole after mending'], ...rows])}\n`,
		);
	},
};
