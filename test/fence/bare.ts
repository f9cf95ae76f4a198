// The handler as the kernel has it run: /bin/sh -c, the captured environment and nothing else, both DRBD versions.
import {execFile} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {build} from 'esbuild';
import t from 'tap';
import {cib} from '../fake/captured.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;

function environment(version: string, event: string): string[] {
	const block =
		readFileSync(`${FIXTURES}${version}/alice/handlers.log`, 'utf8')
			.split(/^--- /mu)
			.find(text => text.includes(`argv: ${event} `)) ?? '';
	return block.split('\n').slice(1).filter(Boolean);
}

t.test("fence-peer in the kernel's bare environment", async t => {
	const root = t.testdir({bin: {}, proc: {}});
	await build({
		stdin: {
			contents: `import {basename} from 'node:path'; import {main} from './fence/handler.ts';
				void main(basename(process.argv[1] ?? ''), process.argv.slice(2), process.env).then(code => { process.exitCode = code; });`,
			resolveDir: new URL('../..', import.meta.url).pathname,
			loader: 'ts',
		},
		outfile: `${root}/lib/twinpool-handler.cjs`,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node18.19',
		banner: {js: `#!${process.execPath}`},
		logLevel: 'warning',
	});
	chmodSync(`${root}/lib/twinpool-handler.cjs`, 0o755);
	symlinkSync('twinpool-handler.cjs', `${root}/lib/twinpool-fence-peer`);
	mkdirSync(`${root}/run`);
	writeFileSync(`${root}/cib.xml`, cib({bravo: 'fenced'}).replaceAll('"bravo"', '"bob"').replaceAll('"alpha"', '"alice"'));
	writeFileSync(`${root}/bin/cibadmin`, `#!/bin/sh\necho "$*" >> ${root}/log\ncase $1 in -Q) exec /bin/cat ${root}/cib.xml;; esac\n`);
	writeFileSync(
		`${root}/bin/drbdsetup`,
		`#!/bin/sh\nexec /bin/sed 's/:Outdated/:DUnknown/' ${FIXTURES}drbd-9.2.8/alice/05-link-cut/events2-now.txt\n`,
	);
	for (const tool of ['cibadmin', 'drbdsetup']) {
		chmodSync(`${root}/bin/${tool}`, 0o755);
	}
	mkdirSync(`${root}/proc/sys/kernel`, {recursive: true});
	writeFileSync(`${root}/proc/sys/kernel/hostname`, 'alice\n');
	for (const [version, expression] of [
		['drbd-8.4.11', 'expr-vmstore-clone'],
		['drbd-9.2.8', 'expr-0-vmstore-clone'],
	] as const) {
		writeFileSync(
			`${root}/proc/drbd`,
			readFileSync(`${FIXTURES}${version}/alice/05-link-cut/proc-drbd.txt`, 'utf8').replaceAll('/Outdated', '/DUnknown'),
		);
		writeFileSync(`${root}/log`, '');
		const env = environment(version, 'fence-peer').map(line =>
			line.startsWith('PATH=') ? line.replace('PATH=', `PATH=${root}/bin:`) : line,
		);
		const {code, stderr} = await new Promise<{code: unknown; stderr: string}>(resolve => {
			execFile(
				'/usr/bin/env',
				['-i', ...env, `TWINPOOL_ROOT=${root}`, '/bin/sh', '-c', `${root}/lib/twinpool-fence-peer --timeout 5`],
				(error, _out, stderr) => {
					resolve({code: error?.code ?? 0, stderr});
				},
			);
		});
		t.equal(code, 7, `${version}: ${stderr}`);
		const log = readFileSync(`${root}/log`, 'utf8').trim().split('\n');
		t.equal(log.length, 2, 'one read, one write');
		t.match(log[1], expression);
		t.match(stderr, /^twinpool-fence-peer: \{"event":"fence-peer"/u, 'no journal: the trace goes to standard error');
	}
});
