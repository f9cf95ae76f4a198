// The rule by which a half of a mirror may be imported: each row takes one thing away from a case that is granted.
import t from 'tap';
import {type Lease, leaseText, parseLease, without} from '../../lib/cluster/lease.ts';
import {release} from '../../lib/cluster/release.ts';
import {type Claim, grant, type Half} from '../../lib/iscsi/grant.ts';
import {apart} from '../../lib/vdev/uberblock.ts';

const trail = (last: number, past = 'shared'): Map<number, string> =>
	new Map(Array.from({length: 30}, (_, index) => [last - index, `${past} ${last - index}`]));
const half = (guid: string, txg: number, past?: string): Half => ({guid, path: `/dev/${guid}`, txg, trail: trail(txg, past)});
const lease: Lease = {epoch: 7, holder: 'bravo', pool: '99', current: ['1', '2'], behind: {}};
const claim = (more: Partial<Claim> = {}): Claim => ({
	me: 'alpha',
	pool: 'tank',
	poolGuid: '99',
	leaves: [
		{guid: '1', path: '/dev/one'},
		{guid: '2', path: '/dev/two'},
	],
	halves: [half('1', 500)],
	lease,
	holder: {down: true, why: 'bravo was fenced'},
	override: undefined,
	...more,
});
const text = (more?: Partial<Claim>): string => {
	const said = grant(claim(more));
	return 'refused' in said
		? `no: ${said.refused}`
		: leaseText(said.next) + (said.apart.length > 0 ? ` apart ${said.apart.map(({guid}) => guid).join()}` : '');
};

t.test('the holder is gone for sure and this half is current', async t => {
	t.equal(text(), 'epoch=8 holder=alpha pool=99 current=1 behind=2@500', 'what is not here misses the first write');
	t.equal(text({halves: [half('1', 500), half('2', 500)]}), 'epoch=8 holder=alpha pool=99 current=1,2 behind=');
	t.equal(
		text({lease: {...lease, holder: undefined}, holder: undefined}),
		'epoch=8 holder=alpha pool=99 current=1 behind=2@500',
		'let go in good order',
	);
	t.equal(text({lease: {...lease, holder: 'alpha'}, holder: undefined}), 'epoch=8 holder=alpha pool=99 current=1 behind=2@500', 'ours');
});

t.test('a lease is read as it was written', async t => {
	const left: Lease = {epoch: 7, holder: undefined, pool: '99', current: ['1'], behind: {2: Number.MAX_SAFE_INTEGER, 3: 0}};
	t.same(parseLease(leaseText(left)), left, 'also where nobody knows how far the pool had got');
});

t.test('refused', async t => {
	t.match(text({holder: {down: false, why: 'bravo is lost'}}), /no: bravo holds the lease of tank \(epoch 7\).*bravo is lost/u);
	t.match(text({holder: undefined}), /no: bravo holds the lease/u, 'nobody asked is no proof');
	t.match(text({halves: []}), /no: no half of tank can be read here/u);
	t.match(
		text({poolGuid: '98'}),
		/no: "crm_attribute -t crm_config -n twinpool-lease-tank -D", if its pool is gone for good: .* 99, here is 98/u,
	);
	t.match(
		text({lease: {...lease, current: ['2'], behind: {1: 480}}}),
		/no: this half of tank is behind: bring up bravo, or set override=7 to import it without what came after txg 500/u,
	);
	t.match(text({lease: undefined}), /no: tank has no lease yet: bring up all halves .*override=0 .*not here: \/dev\/two/u);
});

t.test('a first start with halves that were written apart', async t => {
	const halves = [half('1', 500), half('2', 505, 'other')];
	t.match(
		text({lease: undefined, halves}),
		/no: the halves of tank were written apart: override=0 takes \/dev\/2 .*gives up \/dev\/1 \(txg 500\)/u,
	);
	t.equal(text({lease: undefined, halves, override: 0}), 'epoch=1 holder=alpha pool=99 current=2 behind=1@505 apart 1');
	t.equal(
		text({lease: undefined, halves: [half('1', 500), half('2', 505)]}),
		'epoch=1 holder=alpha pool=99 current=2 behind=1@505',
		'one past',
	);
});

t.test('overrides are for one epoch', async t => {
	const behind = {...lease, current: ['2'], behind: {1: 480}};
	t.equal(text({lease: behind, override: 7}), 'epoch=8 holder=alpha pool=99 current=1 behind=2@500');
	t.match(text({lease: behind, override: 6}), /^no: /u);
	t.match(text({lease: behind, override: 8}), /^no: /u);
	t.match(
		text({lease: behind, override: 7, holder: {down: false, why: 'it lives'}}),
		/^no: bravo holds/u,
		'and never beside a holder that may live',
	);
	t.equal(text({lease: undefined, override: 0}), 'epoch=1 holder=alpha pool=99 current=1 behind=2@500');
});

t.test('the first lease goes to the newest halves', async t => {
	t.equal(text({lease: undefined, halves: [half('1', 500), half('2', 500)]}), 'epoch=1 holder=alpha pool=99 current=1,2 behind=');
	t.equal(text({lease: undefined, halves: [half('1', 500), half('2', 480)]}), 'epoch=1 holder=alpha pool=99 current=1 behind=2@500');
});

t.test('a half that was written on its own is kept out, one that is merely old is not', async t => {
	const known = {...lease, current: ['1'], behind: {2: 450}};
	t.notMatch(text({lease: known, halves: [half('1', 500), half('2', 450)]}), /apart/u);
	t.notMatch(
		text({lease: known, halves: [half('1', 500), half('2', 490)]}),
		/apart/u,
		'lost again in the middle of its resilver: the past decides',
	);
	t.match(
		text({lease: known, halves: [half('1', 500), half('2', 460)]}),
		/apart 2/u,
		'past what it had when it was lost, where nothing else tells',
	);
	t.match(text({lease: known, halves: [half('1', 500), half('2', 490, 'other')]}), /apart 2/u, 'another past');
	t.match(text({lease: known, halves: [half('1', 500), half('2', 600)]}), /apart 2/u, 'newer than the truth');
});

t.test('trails', async t => {
	t.notOk(apart(trail(90), trail(100)), 'older, same past');
	t.notOk(apart(trail(100), trail(100)));
	t.equal(apart(trail(10), trail(100)), undefined, 'no overlap tells nothing');
	t.ok(apart(trail(100), trail(90)), 'went on alone');
	const cut = trail(99);
	cut.set(100, 'torn');
	t.notOk(apart(cut, trail(100)), 'one group that reached one disk only, as a power cut leaves it');
	cut.set(101, 'torn');
	t.ok(apart(cut, trail(101)));
});

t.test('the lease as text', async t => {
	const some = {epoch: 3, holder: undefined, pool: '9', current: ['5', '4'], behind: {6: 77}};
	t.equal(leaseText(some), 'epoch=3 holder= pool=9 current=4,5 behind=6@77');
	t.same(parseLease(leaseText(some)), {...some, current: ['4', '5']});
	t.same(parseLease('epoch=3 holder=a pool=9 current=4 behind='), {epoch: 3, holder: 'a', pool: '9', current: ['4'], behind: {}});
	for (const wrong of [
		'',
		'epoch=3',
		'epoch=x holder= pool=9 current=4 behind=',
		'epoch=3 holder= pool=9 current= behind=',
		'epoch=3 holder= pool=9 current=4 behind=6',
	]) {
		t.throws(() => parseLease(wrong), /is no lease/u, wrong);
	}
	t.same(without(some, ['4', '8'], 90).behind, {6: 77, 4: 90}, 'only what was current falls behind');
});

t.test('the pool goes on without its leg only when nobody else can take the other half', async t => {
	const rows = Object.fromEntries(
		(['member', 'joining', 'stopped', 'fenced', 'down', 'lost', 'unknown'] as const).map(membership => [
			membership,
			release(true, [{name: 'bravo', membership}]).go,
		]),
	);
	t.same(rows, {member: true, joining: false, stopped: false, fenced: true, down: true, lost: false, unknown: false});
	t.notOk(release(false, [{name: 'bravo', membership: 'fenced'}]).go, 'without quorum');
	t.notOk(
		release(true, [
			{name: 'bravo', membership: 'member'},
			{name: 'charly', membership: 'lost'},
		]).go,
		'every other node counts',
	);
});
