// The entry: exit code and reason for every way that an action can end.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t, {type Test} from 'tap';
import {main} from '../../lib/ocf/agent.ts';
import type {Env} from '../../lib/ocf/params.ts';
import {agent} from '../fake/agent.ts';

/** What the cluster manager would get: the exit code and what was said, in order. */
async function call(t: Test, action: string | undefined, how?: string, more: Env = {}): Promise<{code: number; said: string}> {
	const written = t.capture(process.stderr, 'write', () => true);
	const code = await main(agent, action, {OCF_RESKEY_how: how, ...more});
	const said = written()
		.map(({args}) => `${args[0]}`)
		.join('');
	written.restore();
	process.removeAllListeners('SIGTERM');
	return {code, said};
}

t.test('what an action gives is the exit code', async t => {
	t.same(await call(t, 'start', 'well'), {code: 0, said: ''});
	t.same(await call(t, 'monitor', 'log'), {code: 8, said: 'fake monitor: one line\n'});
});

t.test('a refusal is its code and one reason', async t => {
	t.same(await call(t, 'start', 'refuse'), {code: 4, said: 'ocf-exit-reason:not today\n'});
	t.same(await call(t, 'start', 'misconfigured'), {code: 6, said: 'ocf-exit-reason:not like this\n'});
	t.same(await call(t, 'start', 'crash'), {code: 1, said: 'ocf-exit-reason:x is not a function\n'});
});

t.test('a parameter that is missing or wrong is 6, but nothing to stop', async t => {
	t.same(await call(t, 'start'), {code: 6, said: 'ocf-exit-reason:parameter how is required and was not given: how to end\n'});
	t.match(await call(t, 'stop'), {code: 0, said: /nothing to stop\n$/u});
	t.match(await call(t, 'monitor', 'well', {OCF_RESKEY_count: 'many'}), {code: 6});
	t.match(await call(t, 'stop', 'well', {OCF_RESKEY_count: 'many'}), {code: 0});
});

t.test('a tool that is not there: 5, a probe is 7, and a stop cannot know', async t => {
	const tool = 'no-such-tool-anywhere';
	t.match(await call(t, 'start', tool), {code: 5, said: `ocf-exit-reason:${tool} is not installed\n`});
	t.match(await call(t, 'monitor', tool), {code: 7});
	t.match(await call(t, 'monitor', tool, {OCF_RESKEY_CRM_meta_interval: '10000'}), {code: 5});
	t.match(await call(t, 'stop', tool), {code: 1});
});

t.test('a tool that hangs or dies is 1, and said', async t => {
	const short = {OCF_RESKEY_CRM_meta_timeout: '1500'};
	const begun = Date.now();
	t.match(await call(t, 'start', 'sleep 60', {OCF_RESKEY_CRM_meta_timeout: `${Math.round(Date.now() - performance.timeOrigin) + 1000}`}), {
		code: 1,
		said: /^ocf-exit-reason:sleep gave no answer within [\d.]+ s \(60\)\n$/u,
	});
	t.ok(Date.now() - begun < 5000, 'long before the sleep was over');
	t.match(await call(t, 'stop', 'node -e process.kill(process.pid,9)', {OCF_RESKEY_CRM_meta_timeout: '60000'}), {
		code: 1,
		said: 'ocf-exit-reason:node was killed by SIGKILL\n',
	});
	t.match(await call(t, 'start', 'deadline', short), {said: /1500 ms, a tenth kept, recurring/u});
	t.match(await call(t, 'monitor', 'deadline'), {said: /20000 ms, a tenth kept, probe/u});
});

t.test('an action that is none of ours', async t => {
	for (const action of ['promote', 'constructor', '__proto__', '']) {
		t.match(await call(t, action, 'well'), {code: 3, said: /^usage: fake \{start\|stop\|monitor\|meta-data\}\n$/u}, action);
	}
	t.match(await call(t, undefined, 'well'), {code: 3});
	t.match(await call(t, 'usage', 'well'), {code: 0});
});

const fileOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const children = (pid: number | string | undefined): string[] => fileOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
const commandOf = (pid: string): string => fileOf(`/proc/${pid}/cmdline`);
/** There, and not only a name that its parent has not asked for yet. */
const alive = (pid: string): boolean => /\) [^ZX]/u.test(fileOf(`/proc/${pid}/stat`));

t.test('told to end: says what it waited for, and leaves no child behind', async t => {
	const program = spawn(process.execPath, ['--import=tsx', 'test/fake/agent.ts', 'start'], {
		env: {...process.env, OCF_RESKEY_how: 'sh -c sleep$IFS"77";true', OCF_RESKEY_CRM_meta_timeout: '60000'},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let said = '';
	program.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk;
	});
	const gone = once(program, 'close');
	let child = '';
	let grandchild = '';
	for (let tries = 0; tries < 200 && !grandchild; tries += 1) {
		await sleep(50);
		child = children(program.pid).find(one => commandOf(one).startsWith('sh\0')) ?? '';
		grandchild = child ? (children(child)[0] ?? '') : '';
	}
	t.ok(grandchild, 'the command runs, and has a child of its own');
	program.kill('SIGTERM');
	const [, signal] = await gone;
	t.equal(signal, 'SIGTERM');
	t.match(said, /ocf-exit-reason:start was told to end while waiting for sh -c/u);
	t.notOk(alive(child), 'its child is gone');
	t.notOk(alive(grandchild), 'and the child of that');
});

t.test('what the shell took that starts us is gone, too', async t => {
	const node = [process.execPath, '--import=tsx', 'test/fake/agent.ts', 'start'];
	const program = spawn('sh', ['-c', 'sleep 3; exec "$0" "$@"', ...node], {
		env: {...process.env, OCF_RESKEY_how: 'sleep 60', OCF_RESKEY_CRM_meta_timeout: '5000'},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let said = '';
	program.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk;
	});
	await once(program, 'close');
	const [, given = 'nothing'] = /sleep gave no answer within ([\d.]+) s/u.exec(said) ?? [];
	t.ok(Number(given) <= 1.5, `of 4.5 s, ${given} s are left: ${said}`);
});
