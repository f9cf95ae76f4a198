// Gluster's answers as the lab's nodes gave them, and what other releases make of them.
import {readFileSync} from 'node:fs';
import t from 'tap';
import {done, GlusterError, healFiles, healSummary, peers, statusRows} from '../../lib/gluster/xml.ts';

const captured = (name: string): string =>
	(JSON.parse(readFileSync(new URL(`../fixture/gluster-10.3/${name}.json`, import.meta.url), 'utf8')) as {stdout: string}).stdout;

t.test('what is to be healed, brick by brick', async t => {
	const of = async (name: string): Promise<unknown> =>
		(await healSummary(captured(name))).map(({connected, pending, splitBrain}) => [connected, pending, splitBrain]);
	t.same(await of('heal-summary-healthy'), [
		[true, 0, 0],
		[true, 0, 0],
	]);
	// The counts of a brick that is away stand in its <status>.
	t.same(await of('heal-summary-brick-dead'), [
		[true, 4, 0],
		[false, undefined, undefined],
	]);
	t.same(await of('heal-summary-torn'), [
		[true, 1, 1],
		[true, 1, 1],
	]);
});

t.test('the files in split-brain, with each brick that names them', async t => {
	const files = await healFiles(captured('heal-split-torn'));
	t.same(files, [
		{brick: '10.77.2.1:/brick/data/vm', file: '/', gfid: '00000000-0000-0000-0000-000000000001'},
		{brick: '10.77.2.2:/brick/data/vm', file: '/', gfid: '00000000-0000-0000-0000-000000000001'},
	]);
});

t.test('processes of a volume', async t => {
	const rows = await statusRows(captured('status-brick-dead'));
	t.same(
		rows.map(({host, path, online, pid}) => [host, path, online, pid]),
		[
			['10.77.2.1', '/brick/data/vm', true, 658],
			['10.77.2.2', '/brick/data/vm', false, undefined],
			['Self-heal Daemon', 'localhost', true, 675],
			['Self-heal Daemon', '10.77.2.2', true, 551],
		],
	);
	t.equal(rows[0]?.port, 55_196);
	t.equal(rows[2]?.port, undefined, 'N/A');
});

t.test('peers', async t => {
	const [peer] = await peers(captured('peer-status'));
	t.match(peer, {names: ['10.77.2.2'], connected: true, state: 'Peer in Cluster'});
	t.same(await peers(captured('peer-status-none')), []);
});

t.test('errors come with exit 0', async t => {
	await t.rejects(done(captured('start-again')), {errno: 30_800, message: 'Volume vm already started'});
	await t.rejects(statusRows(captured('status-none')), GlusterError);
	await t.rejects(healSummary(captured('heal-created')), {message: 'vm: Not able to fetch volfile from glusterd'});
	await t.resolves(done(captured('start')));
});

t.test('what is no answer is no answer', async t => {
	for (const text of [
		'',
		'Error : Request timed out',
		'<cliOutput>',
		'<cib/>',
		'<cliOutput></cliOutput>',
		captured('status-healthy').slice(0, 400),
	]) {
		await t.rejects(statusRows(text), Error, JSON.stringify(text.slice(0, 40)));
	}
});
