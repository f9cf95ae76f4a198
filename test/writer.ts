// The lab's writer as it runs in a node: where its mount was away, it goes on where it is told to and nowhere else.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import t from 'tap';

t.test('a mount that was away: what was about to be written is not', async t => {
	const mount = t.testdir();
	const table = `${mount}/mounts`;
	const mounted = (is: boolean): void => writeFileSync(table, is ? `pool ${mount} zfs rw 0 0\n` : '');
	mounted(true);
	const writer = spawn('perl', ['test/lab/node/writer.pl', 'run', mount, '0.01', table], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => writer.kill());
	let heard = '';
	writer.stdout.setEncoding('utf8').on('data', (text: string) => {
		heard += text;
	});
	/** Waits until this line comes, after all that were waited for before. */
	const said = async (line: string): Promise<void> => {
		while (!heard.includes(`${line}\n`)) {
			await once(writer.stdout, 'data');
		}
		heard = heard.slice(heard.indexOf(`${line}\n`) + line.length + 1);
	};
	const written = (): string[] =>
		readFileSync(`${mount}/records`, 'utf8')
			.trim()
			.split('\n')
			.map(line => line.replace(/ .*/u, ''));
	await said('mounted');
	writer.stdin.write('from 1\n');
	await said('3');
	mounted(false);
	await said('gone');
	const before = written();
	mounted(true);
	await said('mounted');
	writer.stdin.write('from 1000\n');
	await said('1001');
	t.same(written().slice(0, before.length + 2), [...before, '1000', '1001']);
});
