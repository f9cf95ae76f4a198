/** A mirror with an iSCSI leg that is cut off again and again, and a half that is behind when the holder's power goes. */
import type {Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {type Node, other} from '../config.ts';
import {type Cut, imported, linkCut, untilWhole} from '../cuts.ts';
import {cluster} from '../ledger.ts';
import {cut, join} from '../links.ts';
import {leaseText, legSeen, mirrored} from '../mirror.ts';
import {say, seconds, table} from '../report.ts';
import {intact, limits} from '../round.ts';
import {ask, sh} from '../ssh.ts';
import {booted, kill, start} from '../vm.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

const held = {cuts: 20, resilvering: 5};
/** Of so many cuts one leaves something to resilver, and the next one comes in the middle of it. */
const every = held.cuts / held.resilvering;

export const legs: Suite = {
	title: 'a leg that is cut off twenty times, and a half that is behind',
	async run(checks) {
		const writer = await cluster(checks, 'leg', 'disk');
		const cuts: Cut[] = [];
		await checks.check(
			`${held.cuts} cuts in a row, ${held.resilvering} of them during a resilver: an ONLINE pool, and a scrub without errors`,
			async () => {
				for (let index = cuts.length; index < held.cuts; index += 1) {
					const [more, during] = [index % every === 0 ? 40 : 0, index % every === 1];
					const one = await linkCut(writer, {more, during});
					cuts.push(one);
					say(`  cut ${index + 1}${during ? ', during a resilver' : ''}: stalled ${seconds(one.stalled)} s`);
				}
				await untilWhole(Date.now());
				const node = await until('the pool on a node', 60, holder);
				await sh(node, 'zpool scrub tank && zpool wait -t scrub tank', 600);
				const status = await sh(node, 'zpool status -v tank');
				say(`  ${/scan: .*/u.exec(status)?.[0] ?? status}`);
				if (!(/state: ONLINE/u.test(status) && /scrub repaired .* with 0 errors/u.test(status) && /No known data errors/u.test(status))) {
					throw new Error(status);
				}
				await intact(writer, node);
			},
		);
		await checks.check(
			'the power cut of a holder whose leg is behind: the other one refuses, says why, and takes it only when told to',
			() => behind(writer),
		);
		const small = cuts.filter(({whole}) => whole > 0);
		process.stdout.write(
			`${table([
				['storage link cut, s', 'stall', 'whole after its return'],
				['the longest', seconds(Math.max(...cuts.map(({stalled}) => stalled))), seconds(Math.max(...small.map(({whole}) => whole)))],
				...cuts.map(({stalled, whole}, index) => [
					`${index + 1}`,
					seconds(stalled),
					whole > 0 ? seconds(whole) : 'cut again during its resilver',
				]),
			])}\n`,
		);
	},
};

/** Until the survivor says this, or something like it. */
const said = (node: Node, pattern: RegExp): Promise<string> =>
	until(
		`${node} says ${pattern}`,
		limits.write,
		async () => pattern.exec((await ask(node, 'journalctl -b -o cat -t pacemaker-controld -t iscsi-leg', 60)).stdout)?.[0],
		1000,
	);

/** The holder loses its power while its leg is behind, and stays without: the last thing to be done to a cluster. */
async function behind(writer: Writer): Promise<void> {
	await linkCutHeld(writer);
	const from = await until('the pool on a node', 60, holder);
	const to = other(from);
	await sh(to, 'crm_attribute -t crm_config -n stonith-action -v off');
	const acknowledged = writer.acknowledged.length;
	// Else the cluster would not even try it there.
	await sh(to, 'attrd_updater -n twinpool-behind-tank -D');
	await kill(from);
	await join(to, 'storage');
	say(`  ${from} has no power, its leg was behind; ${acknowledged} records`);
	const refused = await said(to, /this half of tank is behind[^"\n]*/u);
	say(`  ${to}: ${refused}`);
	if (await imported(to)) {
		throw new Error(`the pool is imported on ${to}`);
	}
	const epoch = /epoch=(\d+)/u.exec(await leaseText(to))?.[1] ?? '';
	if (!refused.includes(`override=${epoch}`)) {
		throw new Error(`the remedy is not override=${epoch}`);
	}
	await sh(to, `crm_resource -r leg -p override -v ${epoch} && crm_resource -r leg --cleanup`);
	await until('the pool on the survivor', limits.write, () => imported(to), 1000);
	say(`  with override=${epoch} it is imported: ${await leaseText(to)}`);
	await start(from);
	await booted(from);
	const apart = await until(`${to} names the half that went its own way`, limits.return, async () => {
		const {says = ''} = (await legSeen(to)) ?? {};
		return /written on its own/u.test(says) && says;
	});
	say(`  ${to}: ${apart}`);
}

/** As linkCut, with the link left cut. */
async function linkCutHeld(writer: Writer): Promise<void> {
	await until('the mirror is whole', limits.return, mirrored, 500);
	const node = await until('the pool on a node', 60, holder);
	await writer.attendAll();
	await cut(other(node), 'storage');
	await until('the leg let go', 60, async () => /^none /u.test((await legSeen(node))?.words ?? ''), 200);
	await writer.first(Date.now() + 3000, 60, node);
}
