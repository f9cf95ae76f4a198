// What a command printed is its answer, however long this process computes meanwhile.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import t from 'tap';
import {knock} from '../lib/knock.ts';
import {run} from '../lib/run.ts';

/** As the parsing of a CIB on a slow host. Milliseconds. */
const compute = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

t.test('printed, and ended, while we computed', async t => {
	const answer = run(['sh', '-c', 'sleep 0.8; echo alpha'], {timeout: 20_000});
	// Another one's end is seen together with its: the kernel tells of both by one signal, before anybody has looked at what was printed.
	const other = spawn('echo', ['other']);
	other.stdout.once('data', () => compute(1500));
	other.once('exit', () => setImmediate(() => compute(600)));
	compute(300);
	t.match(await answer, {exit: 0, stdout: 'alpha\n'});
});

t.test('ended in time, and its time was up while we computed', async t => {
	const answer = run(['sh', '-c', 'sleep 0.2; echo alpha'], {timeout: 3000});
	const other = spawn('sh', ['-c', 'echo other; exec sleep 8']);
	other.stdout.once('data', () => compute(3500));
	t.match(await answer, {exit: 0, stdout: 'alpha\n'});
	other.kill();
});

t.test('somebody listened, and the time for the knock was up while we computed', async t => {
	const server = createServer().listen(0, '127.0.0.1');
	t.teardown(() => void server.close());
	await once(server, 'listening');
	const said = knock({host: '127.0.0.1', port: (server.address() as AddressInfo).port}, 300);
	for (let turn = 0; turn < 20; turn += 1) {
		await Promise.resolve();
	}
	compute(1000);
	t.equal(await said, undefined);
});
