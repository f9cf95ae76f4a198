// A table of bad inputs, each on two simulated hosts of its own, a few at a time.
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import type {Test} from 'tap';
import type {Fault, Host} from '../../lib/demo/host.ts';
import {install} from '../../lib/demo/tool.ts';
import {slowness} from './slowness.ts';
import {type Act, type Stage, type Twin, twin} from './twin.ts';

/** What one bad input must lead to. */
export interface Row {
	what: string;
	/** How far the hosts are when it happens. */
	stage: Stage;
	action: string;
	/** What is broken on alpha. */
	broken?(hosts: Twin): void;
	more?: Act;
	exit: number;
	/** In `ocf-exit-reason:`; every failure but "not running" must have one. */
	reason?: RegExp;
	/** What must be true of alpha afterwards. */
	after?(alpha: Host): boolean;
}

const AT_ONCE = 3;
/** The timeout that an action is told where it has to run into it. */
export const SHORT: Act = {timeout: 6000};

/** Run every row; each checks exit code, reason, time, and that nobody is left behind. */
export async function matrix(t: Test, agent: 'drbd' | 'zpool', rows: readonly Row[]): Promise<void> {
	const queue = [...rows];
	const worker = async (): Promise<void> => {
		for (let row = queue.shift(); row; row = queue.shift()) {
			await one(t, agent, row);
		}
	};
	await Promise.all(Array.from({length: AT_ONCE}, worker));
}

async function one(t: Test, agent: 'drbd' | 'zpool', {what, stage, action, broken, more, exit, reason, after}: Row): Promise<void> {
	const name = `${action}, ${what}`;
	const timeout = Math.ceil((more?.timeout ?? 20_000) * slowness());
	const {ended, right, strays} = await twin(stage, async hosts => {
		broken?.(hosts);
		const result = await hosts.act(hosts.alpha, agent, action, {...more, timeout});
		return {ended: result, right: after?.(hosts.alpha) ?? true};
	});
	t.equal(ended.exit, exit, `${name}: exit code (${ended.reason || ended.stderr.trim()})`);
	if (reason) {
		t.match(ended.reason, reason, `${name}: reason`);
	} else if (exit !== 0 && exit !== 7 && exit !== 8) {
		t.fail(`${name}: the table has no reason for it`);
	}
	t.ok(right, `${name}: the host is as it should be`);
	t.ok(ended.reason.length < 200, `${name}: the reason is short`);
	t.ok(!ended.late && ended.ms < timeout + 1000 * slowness(), `${name}: in time (${ended.ms} of ${timeout} ms)`);
	t.same([...ended.left, ...strays], [], `${name}: no child is left`);
}

export const fault =
	(tool: string, how: Fault) =>
	({alpha}: Twin): void => {
		alpha.faults.set(tool, how);
	};
export const without =
	(...tools: string[]) =>
	({world, alpha}: Twin): void =>
		install(world, alpha, tools);
export const noCluster = ({world}: Twin): void => {
	for (const host of Object.values(world.hosts)) {
		host.clustered = false;
	}
	world.changed();
};
/** A host on which nothing of ours was ever installed. */
export const bare = (hosts: Twin): void => {
	const {world, alpha} = hosts;
	alpha.module = false;
	rmSync(`${alpha.root}/bin`, {recursive: true});
	rmSync(`${alpha.root}/proc/spl`, {recursive: true});
	rmSync(`${alpha.root}/sys/module/zfs`, {recursive: true});
	rmSync(`${alpha.root}/etc/drbd.conf`);
	world.changed();
};
export const put =
	(path: string, text: string) =>
	({alpha}: Twin): void =>
		writeFileSync(alpha.root + path, text);

/** What a shell would do something with; each tries to make the file `hit`. */
export const METACHARACTERS = (hit: string): string[] => [
	`x; touch ${hit}`,
	`$(touch ${hit})`,
	`\`touch ${hit}\``,
	`x | touch ${hit}`,
	`' && touch ${hit} '`,
	`--help\ntouch ${hit}`,
	'-f',
	'../../etc/passwd',
	'*',
];

/** Every parameter with every nasty value: never carried out, and a stop still succeeds where nothing runs. */
export async function metacharacters(t: Test, agent: 'drbd' | 'zpool', names: readonly string[]): Promise<void> {
	await twin('down', async hosts => {
		const {alpha, world} = hosts;
		const hit = `${alpha.root}/hit`;
		const values = METACHARACTERS(hit);
		await Promise.all(
			[0, 1, 2].map(async lane => {
				for (const [index, name] of names.entries()) {
					if (index % 3 === lane) {
						// One value a parameter, another for each: the whole product would take minutes and show nothing more.
						for (const value of [values[index % values.length] ?? '', values[(index + 4) % values.length] ?? '']) {
							const [checked, stopped] = await Promise.all(
								['validate-all', 'stop'].map(action => hosts.act(alpha, agent, action, {params: {[name]: value}})),
							);
							t.ok(
								[0, 5, 6].includes(checked?.exit ?? -1),
								`validate-all, ${name}=${JSON.stringify(value)}: ${checked?.exit} ${checked?.reason}`,
							);
							t.ok(
								checked?.exit !== 6 || checked.reason.includes(name),
								`validate-all, ${name}=${JSON.stringify(value)}: the reason names it`,
							);
							t.equal(stopped?.exit, 0, `stop, ${name}=${JSON.stringify(value)}: nothing to stop (${stopped?.reason})`);
							t.same([...(checked?.left ?? []), ...(stopped?.left ?? [])], [], `${name}: no child is left`);
						}
					}
				}
			}),
		);
		t.notOk(existsSync(hit), 'no value was ever carried out');
		t.notOk(
			world.asked.some(({args}) => args.includes('touch')),
			'no value was ever split into words',
		);
		return {};
	});
}
