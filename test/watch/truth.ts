// How the lab holds status against the truth: what agrees is found to, and what does not is not.
import t from 'tap';
import {captured} from '../fake/captured.ts';
import {twinpool} from '../fake/datasets.ts';
import {fixture, Watched} from '../fake/watched.ts';
import {claims, type Item, judged} from '../lab/truth.ts';

/** As a node would answer, by the captures of its tools. */
const answer = (mon: string, history = 'both', drbd = '07-resynced'): string =>
	[
		'@quorum\nQuorate:          Yes',
		`@mon\n${captured(`crm-mon-${mon}`).stdout}`,
		`@drbd\n${fixture(`drbd-8.4.11/alice/${drbd}/proc-drbd.txt`)}`,
		'@pools\n/proc/spl/kstat/zfs/tank/state:ONLINE',
		'@sessions\n',
		`@history\n${captured(`stonith-history-xml-${history}`).stdout}`,
	].join('\n');
const where = {node: 'alpha', other: 'bravo', resource: 'vmstore'};

/** What status says of such a cluster. */
async function shown(root: string, cib: string, history: string, drbd: string): Promise<Item[]> {
	const here = new Watched(root);
	here.drbd('drbd-8.4.11', drbd);
	here.pool('tank', 'ONLINE', 'healthy');
	here.says('cibadmin', captured(`cib-local-${cib}`).stdout);
	here.says('stonith_admin', captured(`stonith-history-xml-${history}`).stdout);
	return (JSON.parse((await twinpool(here, 'status', '--json')).stdout) as {items: Item[]}).items;
}

t.test('status of a captured cluster, and the same cluster by its own tools', async t => {
	const items = await shown(t.testdir(), 'returned', 'returned', '07-resynced');
	const so = claims(answer('returned', 'returned'), where);
	t.ok(so.size >= 10, `${[...so.keys()]}`);
	t.same(judged(so, so, items), {lies: [], silent: []});
	const wrong = (change: (item: Item) => Item[]): ReturnType<typeof judged> => judged(so, so, items.flatMap(change));
	t.match(wrong(one => (one.kind === 'node' && one.node === 'bravo' ? [{...one, words: 'fenced'}] : [one])).lies, [
		/node\|\|bravo is member.*says away/u,
	]);
	t.match(wrong(one => (one.kind === 'pool' ? [{...one, words: 'absent'}] : [one])).lies, [/pool\|tank\|alpha is ONLINE.*says absent/u]);
	t.match(
		wrong(one => (one.kind === 'resource' && one.name === 'tank' ? [{...one, node: 'bravo'}] : [one])),
		{
			lies: [/resource\|tank\|bravo is nowhere/u],
			silent: [/resource\|tank\|alpha is active or active/u],
		},
	);
	t.match(wrong(one => (one.kind === 'drbd' && one.node === 'alpha' ? [{...one, words: 'Primary UpToDate StandAlone'}] : [one])).lies, [
		/says Primary UpToDate StandAlone/u,
	]);
	t.match(wrong(one => (one.kind === 'fencing' ? [{...one, words: 'reboot failed'}] : [one])).lies, [
		/fencing\|\|bravo is reboot success/u,
	]);
	t.equal(wrong(one => (one.kind === 'cluster' ? [{...one, words: ''}] : [one])).silent.length, 1, 'who does not know does not lie');
});

t.test('while it changes either is the truth', async t => {
	const items = await shown(t.testdir(), 'unclean', 'both', '07-resynced');
	const [early, late] = [claims(answer('unclean'), where), claims(answer('fenced'), where)];
	t.same(judged(early, late, items).lies, []);
	t.match(judged(late, late, items).lies, [/vmstore\|alpha is promoted/u, /tank\|bravo is nowhere, and status says active/u]);
});

t.test('a link that is cut in the middle of it: the two words of 8.4 for it are one, and of the peer nothing is known', async t => {
	const items = await shown(t.testdir(), 'returned', 'returned', '05-link-cut');
	t.match(
		items.filter(({kind}) => kind === 'drbd'),
		[{node: 'alpha', words: /Connecting/u}, {node: 'bravo'}],
	);
	const [whole, cut] = [claims(answer('returned', 'returned'), where), claims(answer('returned', 'returned', '05-link-cut'), where)];
	t.same(judged(whole, cut, items).lies, []);
	t.same(judged(cut, cut, items).lies, []);
	t.match(judged(whole, whole, items).lies, [/alpha is Primary UpToDate Connected .*says Primary UpToDate Connecting/u]);
});
