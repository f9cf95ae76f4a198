/** One failover with a client that writes all the time: the power cut of the holder, or an orderly move. */
import {missing} from './checker.ts';
import {holder, settled} from './cluster.ts';
import {type Node, nodes, other} from './config.ts';
import {say, seconds} from './report.ts';
import {sh} from './ssh.ts';
import {type Steps, steps} from './steps.ts';
import {booted, kill} from './vm.ts';
import {until} from './wait.ts';
import {records, type Writer} from './writer.ts';

export interface Round {
	readonly from: Node;
	readonly to: Node;
	/** Seconds from the cut, or the order to move, to the first synced write on the other node. */
	readonly taken: number;
	/** Seconds between the last write before and the first write after. */
	readonly outage: number;
	readonly steps: Steps;
}

/** Generous: a wrong answer is a wrong answer, a slow one is measured. */
export const limits = {write: 240, return: 420, move: 240};

async function holding(): Promise<Node> {
	return until('the pool on a node', 60, holder);
}

/** A round begins with both nodes there and in step, whatever was before. */
async function inStep(): Promise<void> {
	await Promise.all(nodes.map(booted));
	await until('both nodes are in step', limits.return, settled, 1000);
}

/** Everything that was acknowledged is in the pool. */
export async function intact(writer: Writer, node: Node): Promise<void> {
	const acknowledged = [...writer.acknowledged];
	const why = missing(await records(node), writer.run, acknowledged, writer.failed());
	if (why) {
		throw new Error(why);
	}
	say(`  every one of ${acknowledged.length} acknowledged records is there, in order`);
}

function outage(writer: Writer, firstAfter: number): number {
	const index = writer.acknowledged.findIndex(({at}) => at === firstAfter);
	return (firstAfter - (writer.acknowledged[index - 1]?.at ?? firstAfter)) / 1000;
}

/** Cuts the holder's power in the middle of writes and waits until everything is as before, without a hand. */
export async function powerCut(writer: Writer): Promise<Round> {
	await inStep();
	const from = await holding();
	const to = other(from);
	await writer.attendAll();
	await writer.first(Date.now(), 60, from);
	say(`cutting the power of ${from}, which has the pool`);
	const cut = Date.now();
	await kill(from);
	const {at} = await writer.first(cut, limits.write, to);
	const taken = (at - cut) / 1000;
	say(`  ${to} took a synced write after ${seconds(taken)} s`);
	const measured = await steps(to, cut / 1000, at / 1000);
	await intact(writer, to);
	await booted(from);
	await until(`${from} back, resynced, the constraint lifted`, limits.return, settled, 1000);
	if ((await holder()) !== to) {
		throw new Error(`the pool did not stay on ${to} when ${from} came back`);
	}
	say(`  ${from} is back and in step, the constraint is lifted`);
	await writer.attend(from);
	return {from, to, taken, outage: outage(writer, at), steps: measured};
}

/** An orderly move: the service lets go of the pool, then the node goes into standby. */
export async function plannedMove(writer: Writer): Promise<Round> {
	await inStep();
	const from = await holding();
	const to = other(from);
	await writer.attendAll();
	await writer.first(Date.now(), 60, from);
	await writer.pause();
	writer.resume();
	say(`putting ${from}, which has the pool, into standby`);
	const order = Date.now();
	await sh(from, `crm_attribute --node ${from} --name standby --update on --lifetime forever`);
	const {at} = await writer.first(order, limits.move, to);
	const taken = (at - order) / 1000;
	say(`  ${to} took a synced write after ${seconds(taken)} s`);
	const measured = await steps(to, order / 1000, at / 1000);
	await intact(writer, to);
	await sh(to, `crm_attribute --node ${from} --name standby --delete`);
	await until(`${from} back and in step`, limits.return, settled, 1000);
	return {from, to, taken, outage: outage(writer, at), steps: measured};
}
