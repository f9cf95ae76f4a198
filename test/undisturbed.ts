// What must not be left half done: a signal that comes meanwhile counts afterwards, and once.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import t from 'tap';

/** A process that is told to end in the middle; `before` is what it does before. */
async function told(signal: NodeJS.Signals, before = ''): Promise<{code: number | null; killer: string | null; said: string}> {
	const program = `import {undisturbed} from '${new URL('../lib/undisturbed.ts', import.meta.url).pathname}';
${before}
const done = undisturbed(async () => { console.log('begun'); await new Promise(go => setTimeout(go, 600)); console.log('done'); });
await done;
await new Promise(go => setTimeout(go, 5000));
console.log('late');`;
	const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {stdio: ['ignore', 'pipe', 'inherit']});
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk;
		if (chunk.includes('begun')) {
			child.kill(signal);
		}
	});
	const [code, killer] = (await once(child, 'close')) as [number | null, string | null];
	return {code, killer, said};
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	t.test(signal, async t => t.same(await told(signal), {code: null, killer: signal, said: 'begun\ndone\n'}));
}

t.test('who listened before listens again, once', async t => {
	const before = "process.once('SIGTERM', () => { console.log('heard'); process.kill(process.pid, 'SIGTERM'); });";
	t.same(await told('SIGTERM', before), {code: null, killer: 'SIGTERM', said: 'begun\ndone\nheard\n'});
});
