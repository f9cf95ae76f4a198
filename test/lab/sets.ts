/** Snapshot sets of a volume under load: what was acknowledged before is in both, and both can be put back. */
import {missing} from './checker.ts';
import {holder} from './cluster.ts';
import {brick, disks, type Node, volume, volumeResource} from './config.ts';
import {longest} from './cuts.ts';
import {checksum, together} from './gluster.ts';
import {say, seconds} from './report.ts';
import {limits} from './round.ts';
import {ask, both, sh} from './ssh.ts';
import {until} from './wait.ts';
import {type Acknowledged, records, type Writer} from './writer.ts';

export interface Taken {
	set: string;
	/** What had been acknowledged when it was begun. */
	before: Acknowledged[];
}

const dataset = `${brick.replace(`/${volume}`, '')}/.zfs/snapshot`;

const inSet = (node: Node, set: string): Promise<string> =>
	sh(node, `cat ${dataset}/twinpool-set-volume-${volume}-${set}/${volume}/data/records`, 60);

const verify = (text: string, writer: Writer, {set, before}: Taken, where: string): void => {
	const why = missing(text, writer.run, before, writer.failed());
	if (why) {
		throw new Error(`${set} on ${where}: ${why}`);
	}
};

/** Under load: every acknowledged record is below both bricks. */
export async function take(writer: Writer, node: Node): Promise<Taken> {
	await writer.first(Date.now(), 60, node);
	const before = [...writer.acknowledged];
	const began = Date.now();
	const said = await sh(node, `twinpool snapshot take ${volume}`, 180);
	const took = (Date.now() - began) / 1000;
	await writer.first(Date.now(), 60, node);
	const set = /set (\d{8}T\d{6}Z)/u.exec(said)?.[1] ?? '';
	say(`  ${said}; ${seconds(took)} s, the longest write meanwhile ${seconds(longest(writer, began))} s`);
	const texts = await both(one => inSet(one, set));
	for (const text of texts) {
		verify(text, writer, {set, before}, 'a brick');
	}
	return {set, before};
}

/** The sets are listed, the oldest goes, and a set is sent to another pool: whole at first, then what came since. */
export async function keepAndSend(writer: Writer, node: Node, taken: Taken): Promise<void> {
	const refused = await ask(node, `twinpool snapshot rollback ${volume} ${taken.set}`, 120);
	if (refused.exit !== 2 || !/runs: disable the resource/u.test(refused.stderr)) {
		throw new Error(`a rollback below running bricks: ${refused.exit} ${refused.stderr}`);
	}
	await sh(node, `zpool create -f -m none -o cachefile=none backup ${disks.spare}`, 60);
	const first = await sh(node, `twinpool snapshot send ${volume} backup/${volume} ${taken.set}`, 180);
	const next = await take(writer, node);
	const then = await sh(node, `twinpool snapshot send ${volume} backup/${volume}`, 180);
	say(`  ${first}; ${then}`);
	if (!(/was sent/u.test(first) && then.includes(`from ${taken.set} on`))) {
		throw new Error('it was not sent from the set that was there on');
	}
	await sh(node, `zfs set mountpoint=/backup backup/${volume}; zfs mount backup/${volume} || mountpoint /backup`, 60);
	verify(await sh(node, `cat /backup/${volume}/data/records`, 60), writer, next, 'the other pool');
	await sh(node, 'zpool export backup', 60);
	const pruned = await sh(node, `twinpool snapshot prune ${volume} --keep 1`, 120);
	const left = await sh(node, `twinpool snapshot list ${volume}`, 60);
	if (left !== next.set || !pruned.includes(taken.set)) {
		throw new Error(`pruned: ${pruned}; left: ${left}`);
	}
}

const target = (role: 'Stopped' | 'Started'): string =>
	`crm_resource -r ${volumeResource}-clone --meta -p target-role -v ${role} && crm_resource --wait`;

/** Put back on both bricks, with the volume down; then it mounts, nothing is left to heal, and every record from before is there. */
export async function restore(writer: Writer, taken: Taken): Promise<void> {
	await writer.pause();
	await sh('alpha', target('Stopped'), limits.return);
	const refused = await ask('alpha', `twinpool snapshot rollback ${volume} ${taken.set}`, 120);
	const newer = /a rollback would destroy/u.test(refused.stderr);
	const said = newer ? await sh('alpha', `twinpool snapshot rollback ${volume} ${taken.set} --destroy-newer`, 120) : refused.stdout;
	say(`  ${newer ? refused.stderr.trim() : ''}\n  ${said.trim()}`);
	await sh('alpha', target('Started'), limits.return);
	await until('both copies have everything', limits.return, together, 1000);
	const summary = await sh('alpha', `gluster volume heal ${volume} info`, 120);
	if (/Number of entries: [1-9]/u.test(summary)) {
		throw new Error(`there is something to heal: ${summary}`);
	}
	const [one, two] = await both(checksum);
	const node = await until('the volume in use on a node', limits.move, holder);
	const text = await records(node);
	verify(text, writer, taken, 'the volume');
	const texts = await both(one => inSet(one, taken.set));
	// What came after the set is given up: the writer goes on from there.
	const last = Math.max(...text.split('\n').map(line => Number.parseInt(line, 10) || 0));
	writer.acknowledged.splice(0, Number.POSITIVE_INFINITY, ...writer.acknowledged.filter(({number}) => number <= last));
	writer.resume();
	await writer.attendAll();
	writer.again(node);
	await writer.first(Date.now(), 60, node);
	if (one !== two || !texts.includes(text.trim())) {
		throw new Error(
			`the copies: ${one} ${two}; ${text.length} bytes of records, in the set ${texts.map(({length}) => length).join(' and ')}`,
		);
	}
}
