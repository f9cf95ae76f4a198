// What one program of a failover proved, the next one need not ask again.
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {parseCib} from '../../lib/cluster/cib.ts';
import {knownDown, othersDown} from '../../lib/cluster/history.ts';
import {proof} from '../../lib/cluster/proof.ts';
import {deadlineOf} from '../../lib/deadline.ts';
import {cib} from '../fake/captured.ts';

const PATH = process.env['PATH'];
t.teardown(() => {
	process.env['PATH'] = PATH;
});

t.beforeEach(async t => {
	const root = t.testdir({proc: {uptime: '100.5 3.0\n'}});
	process.env['TWINPOOL_ROOT'] = root;
	mkdirSync(`${root}/bin`);
	writeFileSync(`${root}/bin/cibadmin`, `#!/bin/sh\necho asked >> ${root}/asked\nexit 102\n`);
	chmodSync(`${root}/bin/cibadmin`, 0o755);
	writeFileSync(`${root}/asked`, '');
	process.env['PATH'] = `${root}/bin:/bin:/usr/bin`;
});
const at = (path: string): string => `${process.env['TWINPOOL_ROOT']}/${path}`;
const later = (uptime: number): void => writeFileSync(at('proc/uptime'), `${uptime} 3.0\n`);
const asked = (): boolean => readFileSync(at('asked'), 'utf8') !== '';
const known = (node: string): ReturnType<typeof knownDown> => knownDown(node, deadlineOf(20_000));

t.test('a node that was proved down is not asked after again, for a moment', async t => {
	t.match(await othersDown('alpha', parseCib(cib({bravo: 'fenced'}))), {down: true, why: /fenced/u});
	t.match(await known('bravo'), {down: true, why: /fenced/u});
	t.notOk(asked());
	later(116);
	t.match(await known('bravo'), {down: false}, 'too long ago');
	t.ok(asked());
	later(3);
	t.equal(proof('bravo'), undefined, 'before the last boot');
});

t.test('the proof is of that node only, and nothing else is one', async t => {
	await othersDown('alpha', parseCib(cib({bravo: 'fenced'})));
	t.match(await known('charlie'), {down: false});
	t.equal(proof('constructor'), undefined);
	for (const text of [
		'',
		'{',
		'{"until": 200}',
		'{"until": "200", "nodes": {"bravo": "x"}}',
		'{"until": 99999, "nodes": {"bravo": "x"}}',
	]) {
		writeFileSync(at('run/twinpool/down.json'), text);
		t.equal(proof('bravo'), undefined, text);
	}
});

for (const bravo of ['lost', 'member', 'joining', 'stopped', 'down', 'absent'] as const) {
	t.test(`${bravo} is no proof`, async t => {
		t.match(await othersDown('alpha', parseCib(cib({bravo}))), {down: false});
		t.equal(proof('bravo'), undefined);
	});
}
