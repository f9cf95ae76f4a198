/** A split-brain of DRBD in a cluster as configured: shown by watch, judged and resolved by the command, with nothing left of it. */
import type {Checks} from './checks.ts';
import {type Node, other, resource} from './config.ts';
import {clean} from './examined.ts';
import {emptyNode, follow, leave, lines, nodeTime, shown} from './follower.ts';
import {mounted, quiet} from './layouts.ts';
import {say} from './report.ts';
import {asBefore, maintenance, part} from './splitbrain.ts';
import {ask, both, sh} from './ssh.ts';
import {allWell} from './status.ts';
import {until} from './wait.ts';
import {inTime} from './watched.ts';

interface Told {
	torn: boolean;
	sides: {host: string; volumes: {current: string; written?: number}[]}[];
	choices: {keep: string; loses: {host: string}; commands: {host: string; command: string}[]}[];
}

/** The last sector of the device, below DRBD: the other side wrote it when they were apart. */
const last = (node: Node): Promise<string> =>
	sh(node, 'dd if=/dev/vdb bs=4k count=1 skip=$(($(cat /sys/block/drbd0/size) / 8 - 1)) iflag=direct status=none | sha256sum', 60);

async function judged(node: Node): Promise<void> {
	const {stdout, stderr, exit} = await ask(node, `twinpool split-brain ${resource} --json`, 300);
	if (exit !== 1) {
		throw new Error(`${node}: exit ${exit}: ${stdout}${stderr}`);
	}
	const {torn, sides, choices} = JSON.parse(stdout) as Told;
	say(`  ${sides.map(({host, volumes: [one]}) => `${host} at ${one?.current}, ${one?.written ?? '?'} KiB`).join('; ')}`);
	const hosts = (names: string[]): string => names.toSorted((one, two) => one.localeCompare(two)).join(' ');
	if (!torn || hosts(sides.map(({host}) => host)) !== 'alpha bravo' || hosts(choices.map(({keep}) => keep)) !== 'alpha bravo') {
		throw new Error(`${node}: ${stdout}`);
	}
}

/** The data of one node stay; where no snapshot can be taken that has to be said. */
async function resolved(here: Node, there: Node): Promise<void> {
	const [ours, theirs] = [await last(here), await last(there)];
	const call = `twinpool split-brain ${resource} --resolve --keep ${here} --yes`;
	const refused = await ask(here, call, 300);
	if (refused.exit !== 2 || !/no snapshot can be taken of \/dev\/vdb/u.test(refused.stderr) || (await last(there)) !== theirs) {
		throw new Error(`without a copy: exit ${refused.exit}: ${refused.stdout}${refused.stderr}`);
	}
	const done = await ask(here, `${call} --without-copy`, 900);
	say(`  ${done.stdout.trim().replaceAll('\n', '\n               ')}`);
	if (done.exit !== 0) {
		throw new Error(`exit ${done.exit}: ${done.stdout}${done.stderr}`);
	}
	await until('in step', 240, async () => (await sh(here, `drbdadm dstate ${resource}`, 30)) === 'UpToDate/UpToDate', 1000);
	if (ours === theirs || (await last(there)) !== ours || (await last(here)) !== ours) {
		throw new Error(`the last sector of ${there} is not what ${here} has`);
	}
	await sh(here, 'test -s /tank/parted', 30);
	const again = await ask(here, `twinpool split-brain ${resource}`, 300);
	if (again.exit !== 0) {
		throw new Error(`afterwards: exit ${again.exit}: ${again.stdout}${again.stderr}`);
	}
}

export async function parted(checks: Checks): Promise<void> {
	const [here = 'alpha'] = await mounted('drbd');
	const there = other(here);
	await quiet('drbd');
	const empty = await emptyNode(here);
	await both(follow);
	await maintenance(true);
	await checks.check('watch shows a split-brain', async () => {
		const since = await nodeTime(here);
		await part(here, there);
		const torn = await shown(
			here,
			'the split-brain',
			since,
			/Split-Brain detected/iu,
			({kind, words, node: whose}) => kind === 'alarm' && words === 'split-brain' && whose === here,
		);
		inTime(here, 'the split-brain', torn, empty);
	});
	await checks.check('split-brain tells both sides, and what each choice loses', () => judged(here));
	await checks.check('split-brain --resolve makes them one again', () => resolved(here, there));
	await checks.check('and nothing is left of it: watch, status and doctor', async () => {
		await asBefore();
		await until(
			'watch to take the alarm back',
			300,
			async () => (await lines(here)).some(({kind, gone}) => kind === 'alarm' && gone === true),
			2000,
		);
		await both(leave);
		await quiet('drbd');
		await allWell(here);
		await clean(here, there);
	});
	await both(leave);
}
