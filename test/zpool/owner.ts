import t from 'tap';
import type {Element} from '../../lib/cluster/xml.ts';
import type {Label} from '../../lib/vdev/label.ts';
import {released} from '../../lib/zpool/elsewhere.ts';
import {claim} from '../../lib/zpool/owner.ts';

const paper = (change: Partial<Label>): Label => ({
	pool: 'tank',
	poolGuid: '1',
	guid: '1',
	topGuid: '1',
	path: '/dev/drbd0',
	state: 'active',
	txg: 1,
	hostid: 1,
	hostname: 'alpha',
	tops: 1,
	leaves: [],
	encrypted: false,
	activity: {txg: 1, listen: 0, trail: new Map(), times: new Map()},
	...change,
});

t.test('whose pool is it', async t => {
	const alpha = {name: 'alpha', id: 1};
	const bravo = {name: 'bravo', id: 2};
	t.match(claim(paper({state: 'exported'}), bravo), {free: 'it was exported'});
	t.match(claim(paper({}), alpha), {ours: 'this host had it last', force: false}, 'ZFS knows its own host id');
	t.match(claim(paper({}), {name: 'alpha', id: 9}), {force: true}, 'a host id that changed takes force');
	t.match(claim(paper({hostid: 0}), {name: 'alpha', id: 0}), {force: false});
	t.match(claim(paper({}), bravo), {owner: 'alpha', twin: false});
	t.match(claim(paper({}), {name: 'bravo', id: 1}), {owner: 'alpha', twin: true}, 'an equal host id is no proof: the name differs');
	t.match(claim(paper({hostid: 0}), {name: 'bravo', id: 0}), {owner: 'alpha', twin: false}, 'no host ids: ZFS would let both import');
	t.match(claim(paper({hostname: ''}), bravo), {owner: 'a host without a name (hostid 1)'});
	t.match(claim(paper({hostname: 'localhost'}), {name: 'localhost', id: 1}), {owner: 'localhost'}, 'a name that everybody has');
});

t.test('what Pacemaker recorded on the owner since it is back', async t => {
	const op = (at: Record<string, string>): Element => ({tag: 'lrm_rsc_op', at: {'op-status': '0', ...at}, children: []});
	const status = (...children: Element[]): Element => ({
		tag: 'node_state',
		at: {},
		children: [{tag: 'lrm', at: {}, children: [{tag: 'lrm_resource', at: {id: 'pool'}, children}]}],
	});
	const probe = op({operation: 'monitor', 'rc-code': '7', 'call-id': '5'});
	t.ok(released(status(probe), 'pool'), 'its probe found nothing');
	t.ok(released(status(probe), 'pool:0'));
	t.ok(
		released(
			status(op({operation: 'start', 'rc-code': '0', 'call-id': '6'}), op({operation: 'stop', 'rc-code': '0', 'call-id': '9'})),
			'pool',
		),
		'its stop worked',
	);
	t.notOk(released(status(probe, op({operation: 'start', 'rc-code': '0', 'call-id': '6'})), 'pool'), 'started since');
	t.notOk(released(status(op({operation: 'monitor', 'rc-code': '1', 'call-id': '5'})), 'pool'), 'it failed there');
	t.notOk(released(status(op({operation: 'stop', 'rc-code': '1', 'call-id': '5'})), 'pool'));
	t.notOk(released(status(op({operation: 'monitor', 'rc-code': '7', 'call-id': '5', 'op-status': '-1'})), 'pool'), 'not done yet');
	t.notOk(released(status(probe), 'other'));
	t.notOk(released(undefined, 'pool'));
});
