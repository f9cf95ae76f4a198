/** One fault under a client that writes, on a pool with guests: what has to hold during it and afterwards, and how long it took. */
import type {Checks} from './checks.ts';
import {holder, settled} from './cluster.ts';
import {type Node, nodes, other} from './config.ts';
import type {Fault, Scene} from './fault.ts';
import {guests} from './guests.ts';
import {say} from './report.ts';
import {intact, limits} from './round.ts';
import {sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Watch} from './watch.ts';
import type {Writer} from './writer.ts';

export interface Endured {
	readonly fault: string;
	readonly from: Node;
	readonly to: Node;
	/** Seconds: the longest between two synced writes on one node, between the last on the old and the first on the new one. */
	readonly frozen: number;
	readonly outage: number | undefined;
	/** Seconds from the fault until who had to be was off. */
	readonly fenced: number | undefined;
	/** Seconds from the fault until every guest ran on the new node. */
	readonly guests: number | undefined;
	/** Seconds from the fault, or its end, until everything was as before. */
	readonly whole: number;
}

/** All of it is on this node and nothing on the other, seen after this moment: the guests by their processes. */
function servedBy(watch: Watch, node: Node, after: number): boolean {
	const [here, there] = [watch.last(node), watch.last(other(node))];
	if (!(here && there) || Math.min(here.at, there.at) <= after) {
		return false;
	}
	const all = here.imported && here.role === 'Primary' && here.guests.length === guests.length;
	return all && !there.imported && there.role === 'Secondary' && there.guests.length === 0;
}

/**
 * No operation is under way. Pacemaker has one at a time where the load is high, and eight guests that start make it so: a
 * fencing would have to wait behind it.
 */
async function atRest(): Promise<boolean> {
	return !/<resource [^>]*pending="/u.test(await sh('alpha', 'crm_mon --one-shot --as-xml', 60));
}

/** The node that has everything, with the other one ready to take it. */
export async function whole(watch: Watch): Promise<Node> {
	await until('both nodes are in step', limits.return, async () => (await settled()) && (await atRest()), 1000);
	const began = Date.now();
	return until(`${guests.length} guests beside the pool`, limits.return, async () => {
		const node = await holder();
		return node && servedBy(watch, node, began) ? node : undefined;
	});
}

/** Who wrote one after the other, from the last record before the fault on. */
function course(writer: Writer, at: number): {node: Node; at: number}[] {
	const before = writer.acknowledged.findLastIndex(record => record.at < at);
	return writer.acknowledged.slice(Math.max(0, before));
}

function gaps(records: readonly {node: Node; at: number}[]): {frozen: number; outage: number | undefined} {
	const pairs = records.slice(1).map((record, index) => {
		const {node, at} = records[index] ?? record;
		return {moved: node !== record.node, gap: (record.at - at) / 1000};
	});
	return {
		frozen: Math.max(0, ...pairs.filter(({moved}) => !moved).map(({gap}) => gap)),
		outage: pairs.find(({moved}) => moved)?.gap,
	};
}

/** Until the cluster has answered: whoever is to be fenced is up again, and who is left writes. */
async function answered(fault: Fault, scene: Scene, watch: Watch, boots: Boots): Promise<void> {
	const victim = fault.fenced && scene[fault.fenced];
	if (victim) {
		await until(`${victim} fenced and started anew`, limits.write, () => watch.last(victim)?.boot !== boots.get(victim));
	} else {
		await fault.decided?.(scene);
	}
	await scene.writer.first(Date.now(), limits.write, victim ? other(victim) : scene.holder);
}

type Boots = ReadonlyMap<Node, string | undefined>;
const bootsOf = (watch: Watch): Boots => new Map(nodes.map(node => [node, watch.last(node)?.boot]));

/** Nobody but the one who had to be was started anew, and the service is where it then has to be. */
function judge(victim: Node | undefined, expected: Node, to: Node, before: Boots, after: Boots): void {
	const anew = nodes.filter(node => before.get(node) !== after.get(node));
	if (anew.join() !== (victim ?? '') || to !== expected) {
		throw new Error(`fenced: ${anew.join(' and ') || 'nobody'}, not ${victim ?? 'nobody'}; the pool is on ${to}, not ${expected}`);
	}
}

function oneWriter(records: readonly {node: Node}[]): void {
	const turns = records.filter(({node}, index) => node !== records[index - 1]?.node).map(({node}) => node);
	if (turns.length > 2) {
		throw new Error(`records were acknowledged by ${turns.join(', ')} in turn`);
	}
}

interface Eyes {
	readonly checks: Checks;
	readonly writer: Writer;
	readonly watch: Watch;
}

/** Each claim is a check of its own; without the service back there is no next fault. */
export async function endure({checks, writer, watch}: Eyes, fault: Fault, from: Node): Promise<Endured> {
	const {name} = fault;
	await writer.attendAll();
	await writer.first(Date.now(), 60, from);
	const boots = bootsOf(watch);
	const scene: Scene = {holder: from, standby: other(from), writer, at: Date.now()};
	const victim = fault.fenced && scene[fault.fenced];
	const expected = victim ? other(victim) : from;
	say(`${name}: ${from} has the pool`);
	await checks.check(`${name}: ${expected} writes, without a hand`, async () => {
		await Promise.all([fault.inflict(scene), fault.meanwhile?.(scene)]);
		await answered(fault, scene, watch, boots);
	});
	const mended = Date.now();
	await fault.mend?.(scene);
	const to = await checks.need(`${name}: everything as before, without a hand`, () => whole(watch));
	const end = Date.now();
	const records = course(writer, scene.at);
	await checks.check(
		`${name}: ${victim ? `${victim} is fenced, and nobody else` : 'nobody is fenced'}; the pool is on ${expected}`,
		async () => judge(victim, expected, to, boots, bootsOf(watch)),
	);
	await checks.check(`${name}: never on two nodes: the pool, the Primary role, a guest, the writer`, async () => {
		oneWriter(records);
		const [found, ...more] = watch.twice(scene.at);
		if (found) {
			throw new Error(`${found}${more.length > 0 ? `, and ${more.length} more` : ''}`);
		}
	});
	await checks.check(`${name}: no acknowledged record is lost`, () => intact(writer, to));
	const off = victim && watch.lived(boots.get(victim));
	const back = to === from ? undefined : watch.guestsBack(to, scene.at);
	return {
		fault: name,
		from,
		to,
		...gaps(records),
		fenced: off && Math.max(0, off - scene.at) / 1000,
		guests: back && (back - scene.at) / 1000,
		whole: (end - (fault.mend ? mended : scene.at)) / 1000,
	};
}
