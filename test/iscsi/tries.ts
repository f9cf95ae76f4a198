import t from 'tap';
import {after, NONE} from '../../lib/cluster/tries.ts';
import {flapping, MOST, remember} from '../../lib/iscsi/flaps.ts';
import {keptOf} from '../../lib/iscsi/kept.ts';
import type {LegParams} from '../../lib/iscsi/params.ts';

const again = {again: 'no answer'};

t.test('a portal that is away is knocked at all the time; a target that refuses is asked less and less often', async t => {
	const pauses = (verb: string, outcome: Parameters<typeof after>[2]): number[] => {
		let tries = NONE;
		return Array.from({length: 7}, () => {
			tries = after(tries, verb, outcome, MOST);
			return tries.pause;
		});
	};
	t.same(pauses('login', again), [500, 500, 500, 500, 500, 500, 500]);
	t.same(pauses('login', {again: 'refused', later: true}), [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
	t.same(pauses('online', again), [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
	t.equal(after(after(NONE, 'login', again, MOST), 'release', again, MOST).pause, 500, 'another verb begins anew');
});

t.test('a leg that is lost right after each login is left alone for a while', async t => {
	const portal = {host: '10.77.2.2', port: 3260};
	const leg = {target: 'iqn.2026-11.test.lab:bravo.tank', portal, lun: 0, iscsiadm: 'iscsiadm'};
	const kept = keptOf(
		{pool: 'tank', stall: 10} as LegParams,
		{me: 'alpha', ends: {leg}, poolGuid: '1', guid: '2', local: []},
		() => undefined,
	);
	const round = (): void => {
		remember(kept, 'login', {done: true});
		remember(kept, 'release', {done: true});
	};
	t.equal(flapping(kept), undefined, 'nothing happened yet');
	round();
	t.equal(flapping(kept), undefined, 'once is an accident');
	round();
	t.match(flapping(kept), /lost 2 times right after its login, while 10.77.2.2 answers: .*another host has the name/u);
	remember(kept, 'login', again);
	t.equal(flapping(kept), undefined, 'its portal was away: that was the link');
});
