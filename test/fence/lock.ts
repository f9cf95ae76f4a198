import {spawn} from 'node:child_process';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {lock} from '../../lib/fence/lock.ts';

const FILE = 'run/twinpool/handler-r0.lock';

t.test('one at a time', async t => {
	process.env['TWINPOOL_ROOT'] = t.testdir({});
	const first = await lock('r0', 0);
	t.ok(first);
	t.equal(await lock('r0', 100), undefined, 'taken');
	t.ok(await lock('r1', 0), 'another resource is another lock');
	const waiting = lock('r0', 2000);
	first?.();
	const second = await waiting;
	t.ok(second, 'handed on');
	second?.();
	t.same(readdirSync(`${process.env['TWINPOOL_ROOT']}/run/twinpool`), ['handler-r1.lock'], 'nothing is left behind');
});

t.test('a holder that died holds nothing', async t => {
	const root = t.testdir({});
	process.env['TWINPOOL_ROOT'] = root;
	mkdirSync(`${root}/run/twinpool`, {recursive: true});
	writeFileSync(`${root}/${FILE}`, '999999999 123');
	t.ok(await lock('r0', 0), 'no such process');
	writeFileSync(`${root}/${FILE}`, `${process.pid} 1`);
	t.ok(await lock('r0', 0), 'the number belongs to another process by now');
	writeFileSync(`${root}/${FILE}`, 'garbage');
	t.ok(await lock('r0', 0), 'no holder at all');
});

t.test('many at once, one of them each time', async t => {
	const root = t.testdir({});
	process.env['TWINPOOL_ROOT'] = root;
	const program = `const {lock} = await import('${new URL('../../lib/fence/lock.ts', import.meta.url).pathname}');
		const release = await lock('r0', 20000); console.log('in'); await new Promise(r => setTimeout(r, 30)); console.log('out'); release();`;
	const output: string[] = [];
	await Promise.all(
		[1, 2, 3, 4].map(
			() =>
				new Promise<void>(resolve => {
					const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
						env: {...process.env, TWINPOOL_ROOT: root},
					});
					child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(...text.trim().split('\n')));
					child.stderr.pipe(process.stderr);
					child.on('close', () => resolve());
				}),
		),
	);
	t.same(output, ['in', 'out', 'in', 'out', 'in', 'out', 'in', 'out']);
});

t.test('no place for a lock is no reason not to answer', async t => {
	process.env['TWINPOOL_ROOT'] = '/dev/null';
	t.ok(await lock('r0', 0));
	t.ok(await lock('../../etc/passwd', 0));
});
