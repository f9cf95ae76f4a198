// As a resync begins, its target may not be promoted until the source has heard of the end: before-resync-target.
import t from 'tap';
import {cib, constraintFor} from '../fake/captured.ts';
import {ENV_9, ENV_84, type Stage, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
const ENV = {...ENV_84, DRBD_MINOR: '0', DRBD_VOLUME: '0', DRBD_LL_DISK: '/dev/vdc'};
const ours = (text: string): string => text.replaceAll('provider="linbit"', 'provider="twinpool"');
const write = (constraint: string): string => `cibadmin -C -o constraints -X ${constraint}`;
t.setTimeout(120_000);

function target(t: Parameters<typeof stage>[0], text = ours(cib())): Stage {
	const host = stage(t);
	host.text('cib.xml', text);
	host.on('cibadmin-Q', 'cat "$D/cib.xml"');
	host.on('cibadmin-C', 'exit 0');
	return host;
}
const asked = (log: string[]): string[] => log.filter(line => line.startsWith('cibadmin'));

t.test('only the source may be promoted from now on', async t => {
	const host = target(t);
	const {code, log, trace} = await host.run('before-resync-target', [], ENV);
	t.same([code, asked(log)], [0, [READ, write(constraintFor('bravo'))]]);
	t.match(trace, {notes: ['until this resync has ended only where it comes from may be promoted']});
	const nine = target(t);
	const nodes = {...ENV_9, DRBD_NODE_ID_2: 'charlie', UP_TO_DATE_NODES: '0x00000006'};
	t.same(asked((await nine.run('before-resync-target', [], nodes)).log).slice(1), [write(constraintFor('bravo', 1))], '9 has node ids');
});

t.test('one by which this node alone may be promoted is out of date', async t => {
	const host = target(t, ours(cib({constraint: constraintFor('alpha')})));
	host.on('cibadmin-R', 'exit 0');
	const [, change] = asked((await host.run('before-resync-target', [], ENV)).log);
	t.match(change, /^cibadmin -R --xpath .*@value='alpha'/u);
	t.ok(change?.endsWith(` -X ${constraintFor('bravo')}`));
});

t.test('nothing is written', async t => {
	const none = async (why: string, text: string, env: Record<string, string> = ENV): Promise<void> => {
		const {code, log} = await target(t, text).run('before-resync-target', [], env);
		t.same([code, asked(log)], [0, [READ]], why);
	};
	await none('by another agent it might never be lifted', cib());
	await none('where one stands that keeps this node out', ours(cib({constraint: constraintFor('bravo')})));
	await none('without quorum', ours(cib({quorum: false})));
	await none('about a peer that the cluster does not know', ours(cib()), {...ENV, DRBD_PEER: 'zulu', DRBD_PEERS: 'zulu'});
	const dry = await target(t).run('before-resync-target', ['--dry-run'], ENV);
	t.same(asked(dry.log), [READ], 'dry');
});

t.test('the resync begins whatever the cluster says', async t => {
	for (const [says, why] of [
		['echo "Could not create: File exists" >&2; exit 76', /could not be forbidden/u],
		['exit 102', /could not be forbidden/u],
	] as const) {
		const host = target(t);
		host.on('cibadmin-C', says);
		const {code, trace} = await host.run('before-resync-target', [], ENV);
		t.equal(code, 0);
		t.match(trace, {notes: [why]});
	}
});
