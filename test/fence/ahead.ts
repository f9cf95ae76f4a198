// The answer to fence-peer that a promotion works out before the kernel asks.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t, {type Test} from 'tap';
import {readCib} from '../../lib/cluster/cib.ts';
import {deadlineOf} from '../../lib/deadline.ts';
import {type Ahead, workOut} from '../../lib/fence/ahead.ts';
import {identity, lock} from '../../lib/fence/lock.ts';
import {capturedCib, constraintFor, liftOf} from '../fake/captured.ts';
import {cluster, proc, type Stage, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
const WRITE = `cibadmin -C -o constraints -X ${constraintFor('alpha')}`;
const LIFT = liftOf('alpha');
const STANDALONE = 'cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown';
t.setTimeout(60_000);

function host(t: Test, ...changes: Parameters<typeof cluster> extends [unknown, ...infer Rest] ? Rest : never): Stage {
	const made = stage(t);
	made.drbd(proc(STANDALONE, STANDALONE));
	writeFileSync(join(made.root, 'proc/uptime'), '100.53 3.2\n');
	cluster(made, ...changes);
	return made;
}
const ahead = (): Promise<Ahead | undefined> => {
	const deadline = deadlineOf(60_000);
	return workOut({resource: 'vmstore', minors: [0, 1], me: 'alpha', cib: readCib(deadline), deadline});
};
const verdict = ({root}: Stage): string => join(root, 'run/twinpool/verdict-vmstore');

t.test('a peer that was fenced: one read, one write, and the answer is ready', async t => {
	const made = host(t, {bravo: 'fenced'});
	const settle = await ahead();
	t.same(made.log(), [READ, WRITE]);
	t.equal(readFileSync(verdict(made), 'utf8'), `130 7 ${identity(process.pid)} bravo\n`, 'for this process, 30 s from now');
	writeFileSync(`${verdict(made)}.taken`, '');
	await settle?.(false);
	t.same(made.log(), [READ, WRITE], 'it was taken: the constraint stays');
	t.notOk(existsSync(verdict(made)) || existsSync(`${verdict(made)}.taken`), 'and is good for no other promotion');
});

t.test('a kernel that never asked: the constraint is taken back, unless the peer counts as fenced', async t => {
	const made = host(t, {bravo: 'fenced'});
	await (await ahead())?.(false);
	t.same(made.log(), [READ, WRITE, LIFT]);
	await (await ahead())?.(true);
	t.same(made.log().slice(3), [READ, WRITE], 'a handler with options answered by itself');
	const standing = host(t, {bravo: 'fenced', constraint: constraintFor('alpha')});
	await (await ahead())?.(false);
	t.same(standing.log(), [READ], 'one that stood before is not ours to lift');
});

t.test('a peer that was stopped in good order, and answers, has the constraint: 4', async t => {
	const made = host(t, {}, {constraint: constraintFor('alpha')});
	const settle = await ahead();
	t.match(readFileSync(verdict(made), 'utf8'), /^130 4 /u);
	t.equal(made.log().filter(line => line.startsWith('crmadmin')).length, 2, 'asked before the constraint and after it');
	await settle?.(true);
});

for (const [why, change] of [
	['a peer that is lost', {bravo: 'lost'}],
	['no quorum', {bravo: 'fenced', quorum: false}],
	["somebody else's constraint", {bravo: 'fenced', constraint: constraintFor('bravo')}],
] as const) {
	t.test(`${why}: left to the handler, at once`, async t => {
		const made = host(t, change);
		const begun = performance.now();
		t.equal(await ahead(), undefined);
		t.ok(performance.now() - begun < 5000, 'a promotion waits for nobody');
		t.notOk(existsSync(verdict(made)));
		t.notOk(made.log().some(line => line.startsWith('cibadmin -C')));
	});
}

t.test('an answer that does not come after all: what was placed for it is taken back', async t => {
	const made = host(t, {});
	made.on('crmadmin-S', 'exit 1', 2);
	t.equal(await ahead(), undefined);
	t.same(
		made.log().filter(line => line.startsWith('cibadmin')),
		[READ, WRITE, LIFT],
	);
	const full = host(t, {bravo: 'fenced'});
	mkdirSync(verdict(full), {recursive: true});
	t.equal(await ahead(), undefined, 'there is no place to leave it');
	t.same(full.log(), [READ, WRITE, LIFT]);
});

t.test('no cluster, three nodes, or a handler at work: left to the handler', async t => {
	const made = host(t, {bravo: 'fenced'});
	const release = await lock('vmstore', 0);
	t.equal(await ahead(), undefined, 'a handler of this resource runs');
	release?.();
	made.text('three.xml', capturedCib('both').replace('</nodes>', '<node id="3" uname="charlie"/></nodes>'));
	made.on('cibadmin-Q', 'cat "$D/three.xml"');
	made.on('cibadmin-Q', 'cat "$D/three.xml"', 1);
	made.on('cibadmin-Q', 'cat "$D/three.xml"', 2);
	t.equal(await ahead(), undefined, 'three nodes');
	made.on('cibadmin-Q', 'exit 102');
	for (const call of [1, 2, 3]) {
		made.on('cibadmin-Q', 'exit 102', call);
	}
	await t.rejects(ahead(), 'no cluster: nothing to work with');
	t.notOk(existsSync(verdict(made)));
});
