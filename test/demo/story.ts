// The stories of `npm run demo` hold their guarantees, and a guard that is taken away is missed.
import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {runProgram} from '../../lib/demo/program.ts';
import {type FaultName, type Told, tell} from '../../lib/demo/story.ts';
import type {Options, World} from '../../lib/demo/world.ts';
import {twin} from '../fake/twin.ts';

t.setTimeout(280_000);
const LONG = {timeout: 280_000};
const brokenOf = ({guarantees}: Told): string[] => guarantees.filter(({held}) => !held).map(({name, evidence}) => `${name}: ${evidence}`);
const play = (fault: FaultName, options: Partial<Options> = {}, watch: (world: World) => void = () => undefined): Promise<Told> =>
	tell(fault, {patience: 100_000, ...options}, watch);

t.test('every guarantee holds', LONG, async t => {
	const stories = [
		['power', '8.4'],
		['power', '9'],
		['link', '8.4'],
		['stonith', '8.4'],
	] as const;
	await Promise.all(
		stories.map(async ([fault, drbd]) => {
			const told = await play(fault, {drbd});
			t.same(brokenOf(told), [], `${fault}, DRBD ${drbd}`);
			t.ok(told.guarantees.length > 8, `${told.guarantees.length} guarantees were looked at`);
		}),
	);
});

/** Do something to the world when a line of this kind is said, once. */
const when =
	(what: RegExp, then: (world: World) => void) =>
	(world: World): void => {
		let done = false;
		world.onEvent(({text}) => {
			if (!done && what.test(text)) {
				done = true;
				then(world);
			}
		});
	};

t.test('a guard that is taken away is missed', LONG, async t => {
	const guards: readonly [why: string, misses: RegExp, told: () => Promise<Told>][] = [
		['fence-peer that answers nothing useful', /failover comes to its end/u, () => play('power', {fencePeer: 1, patience: 20_000})],
		[
			'fence-peer that lies',
			/failover comes to its end: did not come: the handler places/u,
			() => play('link', {fencePeer: 7, patience: 20_000}),
		],
		[
			'a disk that forgets',
			/no acknowledged record is lost: 1 of/u,
			() =>
				play(
					'link',
					{},
					when(/link mended/u, ({hosts}) => hosts.alpha.store.data.records.delete(1)),
				),
		],
		[
			'a second import',
			/never imported twice: the pool is imported on both/u,
			() =>
				play(
					'link',
					{},
					when(/link cut/u, world => {
						world.hosts.bravo.pool = 'ONLINE';
						world.changed();
						world.hosts.bravo.pool = undefined;
					}),
				),
		],
		[
			'a second Primary',
			/never two Primaries: both/u,
			() =>
				play(
					'link',
					{},
					when(/acknowledged/u, world => {
						const {resource} = world.hosts.bravo;
						if (resource) {
							resource.role = 'Primary';
							world.changed();
							resource.role = 'Secondary';
						}
					}),
				),
		],
	];
	const queue = [...guards];
	const worker = async (): Promise<void> => {
		for (let guard = queue.shift(); guard; guard = queue.shift()) {
			const [why, misses, told] = guard;
			t.match(brokenOf(await told()).join('\n'), misses, why);
		}
	};
	await Promise.all([worker(), worker(), worker()]);
});

t.test('a program that is late, or leaves a child, is noticed', async t => {
	await twin('down', async ({world, alpha}) => {
		const programs = join(world.dir, 'programs');
		mkdirSync(programs);
		const child = (more: string): string =>
			`require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], {stdio: 'ignore'${more}}).unref();`;
		writeFileSync(join(programs, 'late'), 'setTimeout(() => {}, 20000)');
		writeFileSync(join(programs, 'parent'), child(''));
		const run = (name: string, timeout: number) =>
			runProgram(
				{...world, options: {...world.options, programs}, ended: world.ended, asked: world.asked, say: () => undefined} as unknown as World,
				alpha,
				name,
				{kind: 'program', label: name, timeout},
			);
		const [late, parent] = [await run('late', 300), await run('parent', 5000)];
		t.ok(late.late, 'late');
		t.match(parent.left.join(), /node/u, 'its child');
		rmSync(programs, {recursive: true});
		return {};
	});
});

t.test('the command line', t => {
	const demo = (...args: string[]): ReturnType<typeof spawnSync> =>
		spawnSync(
			process.execPath,
			[
				'--import=tsx',
				'-e',
				`import('./lib/cli/demo.ts').then(({demo}) => demo(${JSON.stringify(args)})).then(code => { process.exitCode = code; })`,
			],
			{encoding: 'utf8'},
		);
	const help = demo('--help');
	t.match([help.status, help.stdout], [0, /usage: twinpool demo/u], '--help');
	for (const wrong of [['--nonsense'], ['--fault', 'flood'], ['--drbd', '7'], ['--programs', '/nowhere']]) {
		const {status, stderr} = demo(...wrong);
		t.match([status, stderr], [2, /twinpool demo: /u], wrong.join(' '));
	}
	t.end();
});
