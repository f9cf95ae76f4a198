// Every event, built, in the kernel's bare environment, on clusters that are not as they should be: a defined answer in time, one line of
// why, no child left, and never a second Primary.
import {readdirSync} from 'node:fs';
import t, {type Test} from 'tap';
import {captured, cib, constraintFor} from '../fake/captured.ts';
import {environment, fixture, type Host, kernel} from '../fake/kernel.ts';

const BUILT = readdirSync('dist/root/usr/lib/drbd').flatMap(name => /^twinpool-(?!handler|fence-guests)(.+)$/u.exec(name)?.[1] ?? []);
const OTHERS = BUILT.filter(event => event !== 'fence-peer');
const VERSIONS = ['drbd-8.4.11', 'drbd-9.2.8'] as const;
t.setTimeout(300_000);

/** The captured cluster with the names of the captured DRBD: alice is here, bob is the peer and was fenced. */
const seen = (change: Parameters<typeof cib>[0] = {}): string =>
	cib({bravo: 'fenced', ...change})
		.replaceAll('"alpha"', '"alice"')
		.replaceAll('"bravo"', '"bob"');

/** A host where cibadmin does this for a read, and that for a write. */
function host(test: Test, version: string, read: string, write: string): Host {
	const alice = kernel(test);
	alice.put('proc/sys/kernel/hostname', 'alice\n');
	alice.put('cib', seen());
	alice.put('own', seen({constraint: constraintFor('alice')}));
	alice.put('foreign', seen({constraint: constraintFor('bob')}));
	alice.put('noquorum', seen({quorum: false}));
	alice.put('proc/drbd', fixture(`${version}/alice/05-link-cut/proc-drbd.txt`).replaceAll('/Outdated', '/DUnknown'));
	alice.put('events', fixture(`${version}/alice/05-link-cut/events2-now.txt`).replaceAll(':Outdated', ':DUnknown'));
	alice.does('drbdsetup', 'cat "$D/events"');
	alice.does('cibadmin', `case $1 in -Q) ${read} ;; *) ${write} ;; esac`);
	return alice;
}

/** What hangs in a test hangs so long, in milliseconds: a busy machine takes some of it. */
const HANGS = 60_000;

const {stderr: offline, exit: refused} = captured('down-cibadmin-query-local');
const CLUSTERS: Record<string, {read: string; write: string; code: number}> = {
	'no cluster': {read: `echo "${offline.trim().split('\n')[0]}" >&2; exit ${refused}`, write: `exit ${refused}`, code: 1},
	'no quorum': {read: 'cat "$D/noquorum"', write: 'exit 106', code: 1},
	'an electing DC': {read: 'cat "$D/cib"', write: 'exit 114', code: 1},
	'a DC that has been elected': {read: 'cat "$D/cib"', write: '[ -f "$D/asked" ] && exit 0; touch "$D/asked"; exit 114', code: 7},
	'a CIB that changes under the write, to let this node go on': {
		read: 'if [ -f "$D/asked" ]; then cat "$D/own"; else cat "$D/cib"; fi',
		write: 'touch "$D/asked"; exit 108',
		code: 7,
	},
	'a CIB that changes under the write, to keep this node out': {
		read: 'if [ -f "$D/asked" ]; then cat "$D/foreign"; else cat "$D/cib"; fi',
		write: 'touch "$D/asked"; exit 108',
		code: 1,
	},
	"LINBIT's constraint for this node": {read: 'cat "$D/own"', write: 'exit 99', code: 7},
	"LINBIT's constraint that rejects this node": {read: 'cat "$D/foreign"', write: 'exit 99', code: 1},
	'a cibadmin that hangs': {read: `sleep ${HANGS / 1000}`, write: `sleep ${HANGS / 1000}`, code: 1},
	'a cibadmin that dies': {read: 'kill -9 $$', write: 'kill -9 $$', code: 1},
};

for (const [name, {read, write, code}] of Object.entries(CLUSTERS)) {
	t.test(`fence-peer: ${name}`, async t => {
		await Promise.all(
			VERSIONS.map(async version => {
				const alice = host(t, version, read, write);
				const run = await alice.run('fence-peer', environment(version, 'fence-peer'), '-t 1 -d 1');
				t.equal(run.code, code, `${version}: ${run.stderr}`);
				t.match(run.trace, {event: 'fence-peer', code, why: /./u});
				t.same(run.left, []);
				t.ok(run.ms < HANGS, `${Math.round(run.ms)} ms`);
				t.notMatch(run.stderr, /^\s+at /mu, 'no stack');
			}),
		);
	});
}

t.test('the others', async t => {
	t.equal(BUILT.length, 11);
	for (const name of ['no cluster', 'no quorum', "LINBIT's constraint that rejects this node", 'a cibadmin that hangs'] as const) {
		const {read, write} = CLUSTERS[name] ?? {read: '', write: ''};
		const alice = host(t, 'drbd-8.4.11', read, write);
		alice.does('attrd_updater', name === 'no cluster' ? 'exit 102' : '');
		const env = environment('drbd-8.4.11', 'after-resync-target');
		alice.put('events', fixture('drbd-8.4.11/bob/12-resolved/events2-now.txt'));
		for (const event of OTHERS) {
			const run = await alice.run(event, env, '-d 1 -t 1');
			const lifts = event === 'unfence-peer' || event === 'after-resync-target';
			const expected = lifts ? [0, 1] : [0];
			t.ok(expected.includes(run.code ?? -1), `${name}: ${event}: ${run.stderr}`);
			t.same(run.left, []);
			t.ok(run.ms < HANGS, `${event}: ${Math.round(run.ms)} ms`);
			t.equal(run.stderr.trim().split('\n').length, 1, 'one line');
		}
	}
});
