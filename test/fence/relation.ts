// Whose data is newer by DRBD's generation identifiers, on captures of both versions and on what nobody captured.
import t from 'tap';
import type {ResourceAnswer, VolumeSeen} from '../../lib/fence/asked.ts';
import {volumeNamed} from '../../lib/fence/copy.ts';
import {diverged, loss} from '../../lib/fence/diverged.ts';
import {type Side, shown} from '../../lib/fence/generations.ts';
import {peersIn} from '../../lib/fence/peers.ts';
import {bare, relation} from '../../lib/fence/relation.ts';
import {drbd, type Name, type Version} from '../fake/two-sides.ts';

const side = (version: Version, name: Name, phase: string, volume = 0): Side => {
	const {self} = shown(drbd(version, name, phase, 'show-gi'), [0, 1])[volume] ?? {};
	if (!self) {
		throw new Error(`${version} ${name} ${phase} shows no volume ${volume}`);
	}
	return self;
};
const both = (version: Version, phase: string, volume = 0): ReturnType<typeof relation> =>
	relation(side(version, 'alice', phase, volume), side(version, 'bob', phase, volume));

t.test('as captured', async t => {
	for (const [phase, is] of [
		['04-primary-uptodate', 'same'],
		['08-standalone', 'ahead'],
		['10-split-brain', 'apart'],
		['12-resolved', 'same'],
	] as const) {
		t.match(both('drbd-8.4.11', phase), {is}, phase);
		t.match(both('drbd-8.4.11', phase, 1), {is}, phase);
	}
	t.equal(both('drbd-8.4.11', '10-split-brain', 0).since, '2091FD0A78D8E608', 'bob’s bitmap began anew: only the history meets');
	t.equal(both('drbd-8.4.11', '10-split-brain', 1).since, 'AAFD630E89A282E6', 'the bitmaps count since the same');
	t.match(both('drbd-9.2.8', '08-standalone'), {is: 'same'}, 'a Primary of 9 that wrote nothing since has no new generation');
	t.match(both('drbd-9.2.8', '10-split-brain'), {is: 'behind', since: '76AFA242511E064E'});
});

t.test('the other cases of the table', async t => {
	const id = (digit: string): string => digit.repeat(15).concat('0');
	const at = (current: string, bitmap = '0', ...history: string[]): Side => ({
		current: id(current),
		bitmap: id(bitmap),
		history: history.map(id),
	});
	t.match(relation(at('A', '0', 'B'), at('B')), {is: 'ahead', since: id('B')}, 'the other one is in the history');
	t.match(relation(at('B'), at('A', '0', 'C', 'B')), {is: 'behind'}, 'and the other way round');
	t.same(relation(at('A', '0', 'B'), at('C', '0', 'D')), {is: 'unrelated'});
	t.same(relation(at('0'), at('A')), {is: 'behind'}, 'a disk that has no data yet');
	t.same(relation(at('A'), {...at('A'), current: '0000000000000004'}), {is: 'ahead'}, 'nor one that was just made');
	const made = (current: string): Side => ({...at(current), history: ['0000000000000004', id('0')]});
	t.same(relation(made('A'), made('B')), {is: 'unrelated'}, 'every disk was made once: that is no common past');
	t.equal(bare('2091FD0A78D8E609'), '2091FD0A78D8E608');
	t.equal(bare('AAFD630E89A282E7'), 'AAFD630E89A282E6');
	t.equal(bare('B2B8771AE49CB9CB'), 'B2B8771AE49CB9CA');
});

const volume = (volume: number, ids: Side, more: Partial<VolumeSeen> = {}): VolumeSeen => ({
	volume,
	minor: volume,
	disk: 'UpToDate',
	backing: '/dev/vdb',
	...ids,
	history: [...ids.history],
	...more,
});
const answer = (host: string, volumes: VolumeSeen[], role = 'Primary', connection = 'StandAlone'): ResourceAnswer => ({
	host,
	role,
	connection,
	volumes,
	imported: [],
	copies: [],
});

t.test('the two sides together', async t => {
	const of = (phase: string, version: Version = 'drbd-8.4.11'): [VolumeSeen[], VolumeSeen[]] => [
		[0, 1].map(index => volume(index, side(version, 'alice', phase, index))),
		[0, 1].map(index => volume(index, side(version, 'bob', phase, index))),
	];
	const judge = ([one, two]: [VolumeSeen[], VolumeSeen[]], role = 'Primary', connection = 'StandAlone'): ReturnType<typeof diverged> =>
		diverged([answer('alice', one, 'Primary', connection), answer('bob', two, role, connection)]);
	t.match(judge(of('10-split-brain')), {torn: true, newer: undefined, why: 'both sides have data of their own'});
	t.match(judge(of('08-standalone'), 'Secondary'), {
		torn: false,
		newer: {host: 'alice', by: 'generations'},
		why: /^bob has an older state/u,
	});
	t.match(judge(of('04-primary-uptodate'), 'Secondary', 'Connected'), {torn: false, why: 'the two sides are connected'});
	t.match(judge(of('08-standalone', 'drbd-9.2.8'), 'Secondary'), {torn: false, why: 'both sides have the same data'});
	t.match(judge(of('10-split-brain', 'drbd-9.2.8')), {torn: true, newer: {host: 'bob', by: 'generations'}, why: /both sides are Primary/u});
	t.match(judge(of('10-split-brain', 'drbd-9.2.8'), 'Secondary'), {torn: false}, 'one of them only has to catch up');
	const [[one], [two]] = of('08-standalone');
	if (!(one && two)) {
		throw new Error('no volumes');
	}
	const crossed = diverged([answer('alice', [one, {...two, volume: 1}]), answer('bob', [two, {...one, volume: 1}], 'Secondary')]);
	t.match(crossed, {torn: true, newer: undefined, why: /each side is newer in a part/u});
	t.throws(() => diverged([answer('alice', [one]), answer('bob', [])]), /alice has 1 volumes of it, bob has 0/u);
});

t.test('what is lost', async t => {
	const ids = side('drbd-8.4.11', 'bob', '10-split-brain');
	const pool = (root: string, to: number): VolumeSeen['pool'] => ({
		name: 'tank',
		txg: to,
		trail: [
			[7, 'same', 1000],
			[8, root, 1005],
			[to, `${root}!`, 2000],
		],
	});
	const [one, two] = [
		answer('alice', [volume(0, ids, {pool: pool('a', 20)})]),
		answer('bob', [volume(0, ids, {pool: pool('b', 12), written: 512})]),
	];
	t.same(loss(two, one), {
		host: 'bob',
		kib: 512,
		pools: [{name: 'tank', from: 8, since: '1970-01-01T00:16:40Z', to: 12, last: '1970-01-01T00:33:20Z'}],
	});
	t.equal(loss(one, two).kib, undefined, 'what the kernel did not count is not nothing');
	const late = {
		...two,
		volumes: two.volumes.map(it => ({...it, pool: {name: 'tank', txg: 99, trail: [[99, 'c', 3000]] as [number, string, number][]}})),
	};
	t.same(loss(late, one).pools, [{name: 'tank', to: 99, last: '1970-01-01T00:50:00Z'}], 'parted too long ago');
});

t.test('names', async t => {
	t.same(peersIn(drbd('drbd-8.4.11', 'alice', '10-split-brain', 'dump')), [{name: 'bob', address: '10.9.1.2'}]);
	t.same(peersIn(drbd('drbd-9.2.8', 'bob', '10-split-brain', 'dump')), [{name: 'alice', address: '10.9.1.1'}]);
	const paths = `# resource r on a: not ignored, not stacked
resource r {
    on a {
        node-id 0;
    }
    on b {
        node-id 1;
    }
    connection {
        host a         address  	ipv6 [fd00::1]:7788;
        host b         address  	ipv6 [fd00::2]:7788;
    }
}`;
	t.same(peersIn(paths), [{name: 'b', address: 'fd00::2'}], 'in a section of its own');
	t.same(peersIn(''), []);
	t.equal(volumeNamed('vg--a-vm--store'), 'vg-a/vm-store');
	t.equal(volumeNamed('vg0-lv0'), 'vg0/lv0');
	t.equal(volumeNamed('luks'), undefined);
});
