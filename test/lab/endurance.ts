/** One fault under a client that writes, on a pool and what runs on it: what has to hold during it and afterwards, and how long it took. */
import type {Checks} from './checks.ts';
import {holder, settled} from './cluster.ts';
import {type Node, nodes, other} from './config.ts';
import {type Endured, gaps} from './endured.ts';
import {type Expected, expect, judge, oneWriter, words} from './expected.ts';
import type {Fault, Scene} from './fault/scene.ts';
import {say} from './report.ts';
import {intact, limits} from './round.ts';
import {sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Watch} from './watch.ts';
import type {Writer} from './writer.ts';

/** All of it is on this node and nothing on the other, seen after this moment: the guests by their processes. */
function servedBy(watch: Watch, node: Node, after: number): boolean {
	const [here, there] = [watch.last(node), watch.last(other(node))];
	if (!(here && there) || Math.min(here.at, there.at) <= after) {
		return false;
	}
	const roles = !watch.kind.drbd || (here.role === 'Primary' && there.role === 'Secondary');
	return roles && here.imported && here.guests.length === watch.guests.length && !there.imported && there.guests.length === 0;
}

/**
 * No operation and no fencing is under way. Pacemaker has one operation at a time where the load is high, and guests that start make it
 * so: a fencing would have to wait behind it.
 */
async function atRest(): Promise<boolean> {
	return !/<(resource [^>]*pending="|fence_event [^>]*status="pending")/u.test(await sh('alpha', 'crm_mon --one-shot --as-xml', 60));
}

/** The node that has everything, with the other one ready to take it. */
export async function whole(watch: Watch): Promise<Node> {
	await until('both nodes are in step', limits.return, async () => (await settled()) && (await atRest()), 1000);
	const began = Date.now();
	return until('everything on one node', limits.return, async () => {
		const node = await holder();
		return node && servedBy(watch, node, began) ? node : undefined;
	});
}

type Boots = ReadonlyMap<Node, string | undefined>;
const bootsOf = (watch: Watch): Boots => new Map(nodes.map(node => [node, watch.last(node)?.boot]));

/** Until the cluster has answered: whoever is to be fenced is up again, and who is left writes. */
async function answered(fault: Fault, scene: Scene, {victim, to}: Expected): Promise<void> {
	if (victim) {
		await until(`${victim} fenced and started anew`, limits.write, () => scene.anew(victim));
	} else {
		await fault.decided?.(scene);
	}
	await scene.writer.first(Date.now(), limits.write, to);
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
	await writer.first(Date.now(), 120, from);
	const boots = bootsOf(watch);
	const anew = (node: Node): boolean => watch.last(node)?.boot !== boots.get(node);
	const scene: Scene = {holder: from, standby: other(from), writer, at: Date.now(), anew};
	const expected = expect(fault, from);
	say(`${name}: ${from} has the pool`);
	await checks.check(`${name}: ${expected.to ?? 'one of them'} writes, without a hand`, async () => {
		await Promise.all([fault.inflict(scene), fault.meanwhile?.(scene)]);
		await answered(fault, scene, expected);
	});
	const mended = Date.now();
	if (fault.mend) {
		await checks.check(`${name}: undone`, async () => fault.mend?.(scene));
	}
	const to = await checks.need(`${name}: everything as before, without a hand`, () => whole(watch));
	const end = Date.now();
	const records = writer.since(scene.at);
	await checks.check(`${name}: ${words(expected)}`, async () => say(`  ${judge(expected, nodes.filter(anew), to)}`));
	await checks.check(`${name}: never on two nodes: the pool, the Primary role, a guest, the writer`, async () => {
		oneWriter(records, expected);
		const [found, ...more] = watch.twice(scene.at);
		if (found) {
			throw new Error(`${found}${more.length > 0 ? `, and ${more.length} more` : ''}`);
		}
	});
	await checks.check(`${name}: no acknowledged record is lost`, () => intact(writer, to));
	const victim = expected.victim ?? nodes.find(anew);
	const off = victim && watch.lived(boots.get(victim));
	const back = to === from || watch.guests.length === 0 ? undefined : watch.guestsBack(to, scene.at);
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
