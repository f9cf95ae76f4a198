// The simulated tools against captures of the real ones: grammar, refusals, exit codes.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {lost} from '../../lib/demo/connection.ts';
import {dump, events2, procDrbd} from '../../lib/demo/print.ts';
import {type Answer, ask} from '../../lib/demo/tool.ts';
import {World} from '../../lib/demo/world.ts';
import {facts} from '../../lib/drbd/events2.ts';
import {argvOf, type Twin, twin} from '../fake/twin.ts';

const FIXTURE = 'test/fixture';
const read = (path: string): string => readFileSync(`${FIXTURE}/${path}`, 'utf8');

async function said(
	{world, alpha}: Pick<Twin, 'world' | 'alpha'>,
	line: string,
	env: Record<string, string> = {},
): Promise<Required<Answer>> {
	const [tool = '', ...args] = argvOf(line);
	return {stdout: '', stderr: '', ...((await ask(world, alpha, {tool, args, env, input: ''})) ?? {exit: -1})};
}

/** Host names of the captures are alice and bob, of ours alpha and bravo; the lines of DRBD 9 come in any order. */
const named = (text: string): string => text.replaceAll('alice', 'alpha').replaceAll('bob', 'bravo');
const sorted = (text: string): string => text.split('\n').sort().join('\n');
const numbers = (text: string): string => text.replace(/\d+(\.\d+)?/gu, '#');

for (const [version, folder] of [
	['8.4', 'drbd-8.4.11'],
	['9', 'drbd-9.2.8'],
] as const) {
	t.test(`DRBD ${version}`, t => {
		let compared = 0;
		for (const [node, phase] of ['alice', 'bob'].flatMap(one =>
			readdirSync(`${FIXTURE}/${folder}/${one}`)
				.filter(name => /^\d/u.test(name))
				.map(name => [one, name] as const),
		)) {
			const text = read(`${folder}/${node}/${phase}/events2-now.txt`);
			const seen = facts(text, 'vmstore');
			const world = new World({drbd: version, volumes: 2});
			const host = node === 'alice' ? world.hosts.alpha : world.hosts.bravo;
			if (seen && new Set(seen.volumes.map(({disk, peerDisk, replication}) => `${disk} ${peerDisk} ${replication}`)).size > 1) {
				// Ours moves all volumes together.
				world.remove();
				continue;
			}
			const [volume] = seen?.volumes ?? [];
			host.resource = seen &&
				volume && {
					...seen,
					disk: volume.disk,
					peerDisk: volume.peerDisk,
					replication: volume.replication,
					done: Number(/ done:([\d.]+)/u.exec(text)?.[1] ?? 0),
					frozen: seen.suspended !== 'no',
					busy: false,
				};
			const ours = events2(world, host, false);
			const loose = (line: string): string =>
				sorted(
					named(line)
						.replace(/ done:[\d.]+/gu, '')
						.replace(/may_promote:\w+ promotion_score:\d+/gu, ''),
				);
			t.equal(loose(ours), loose(text), `${node} ${phase}: events2 --now`);
			t.equal(
				numbers(loose(events2(world, host, true))),
				numbers(loose(read(`${folder}/${node}/${phase}/events2-now-statistics.txt`))).replace(/al-suspended:\w+/gu, 'al-suspended:no'),
				`${node} ${phase}: with statistics`,
			);
			// The sixth flag tells of the activity log, the counters of what was written: neither is simulated.
			const states = (proc: string): string =>
				numbers(proc)
					.split('\n')
					.filter(line => /^( #:|version)/u.test(line))
					.map(line => line.replace(/[r-]----[s-]$/u, ''))
					.join('\n');
			t.equal(states(procDrbd(world, host)), states(read(`${folder}/${node}/${phase}/proc-drbd.txt`)), `${node} ${phase}: /proc/drbd`);
			compared += 1;
			world.remove();
		}
		t.ok(compared > 20, `${compared} phases compared`);
		t.end();
	});

	t.test(`drbdadm dump, ${version}`, t => {
		const world = new World({drbd: version, volumes: 2});
		// What an administrator chose is not ours to repeat.
		const chosen = (text: string): string =>
			text
				.split('\n')
				.filter(line => !/after-sb|verify-alg|"|defined at/u.test(line))
				.join('\n');
		t.equal(chosen(dump(world)), named(chosen(read(`${folder}/alice/00-down/dump.txt`))));
		world.remove();
		t.end();
	});
}

t.test('drbdadm and drbdsetup refuse in the words of drbd-utils 9.22', async t => {
	await twin(
		'down',
		async hosts => {
			const {world, alpha} = hosts;
			alpha.module = false;
			world.changed();
			writeFileSync(`${alpha.root}/bad2.conf`, 'garbage here\n');
			writeFileSync(`${alpha.root}/drbd.conf`, readFileSync(`${alpha.root}/etc/drbd.conf`));
			const blocks = read('drbd-utils-9.22/refusals.txt')
				.trim()
				.split(/\n\n(?=\$ )/u)
				.map(block => block.split('\n'));
			for (const [first = '', ...rest] of blocks) {
				const line = first.slice(2);
				const exit = Number(/\d+/u.exec(rest.at(-1) ?? '')?.[0]);
				// Inside a resource ours has no grammar; the dump is compared above; ours resizes nothing; ours is always one of its two hosts.
				if (/bad\.conf|dump vmstore|check-resize/u.test(line) || (line.includes('adjust vmstore') && line.includes(' drbd.conf'))) {
					continue;
				}
				const answer = await said(hosts, line.replace(/-c (\S+)/u, '-c /$1'));
				t.equal(
					`${answer.stdout}${answer.stderr}`.replaceAll('/bad2', 'bad2').replaceAll('/none', 'none').trim(),
					rest.slice(0, -1).join('\n').trim(),
					line,
				);
				t.equal(answer.exit, exit, `${line}: exit code`);
			}
			return {};
		},
		{drbd: '9'},
	);
});

t.test('the kernel refuses a change of state in its own words', async t => {
	const expected = (file: string, block = 0): string =>
		read(`drbd-8.4.11/${file}.txt`)
			.split(/^exit \d+$/mu)
			[block]?.trim() ?? '';
	const codes = (file: string): number[] =>
		[...read(`drbd-8.4.11/${file}.txt`).matchAll(/^exit (\d+)$/gmu)].map(([, code]) => Number(code));
	await twin('imported', async hosts => {
		const second = await said({...hosts, alpha: hosts.bravo}, 'drbdadm primary vmstore');
		t.same(
			[second.stderr.trim(), second.exit],
			[expected('refused-second-primary'), ...codes('refused-second-primary')],
			'a second Primary',
		);
		const busy = await said(hosts, 'drbdadm secondary vmstore');
		const down = await said(hosts, 'drbdadm down vmstore');
		t.same(
			[busy.stderr.trim(), down.stderr.trim(), busy.exit, down.exit],
			[expected('refused-held-open'), expected('refused-held-open', 1), ...codes('refused-held-open')],
			'held open',
		);
		lost(hosts.world, hosts.bravo);
		await said({...hosts, alpha: hosts.bravo}, 'drbdadm outdate vmstore');
		const outdated = await said({...hosts, alpha: hosts.bravo}, 'drbdadm primary vmstore');
		t.same([outdated.stderr.trim(), outdated.exit], [expected('refused-outdated'), ...codes('refused-outdated')], 'outdated data');
		return {};
	});
});
