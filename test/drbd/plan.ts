import t from 'tap';
import {transition} from 'xstate';
import {drbd} from '../../lib/drbd/index.ts';
import {machine} from '../../lib/drbd/machine.ts';
import {CONNECTIONS, DISKS, type Facts, ROLES} from '../../lib/drbd/states.ts';
import {plan} from '../../lib/plan.ts';
import {search} from '../../lib/search.ts';
import {golden} from '../golden.ts';

const healthy = {role: 'Secondary', disk: 'UpToDate', connection: 'Connected', 'peer-role': 'Secondary', 'peer-disk': 'UpToDate'};
const from = (change: Record<string, string> | undefined, twoPrimaries = false, peerDown = false) =>
	machine.resolveState({value: change ? {up: {...healthy, ...change}} : 'down', context: {twoPrimaries, peerDown}} as Parameters<
		typeof machine.resolveState
	>[0]);
const way = (goal: string, change?: Record<string, string>, twoPrimaries = false, peerDown = false): string =>
	plan(machine, from(change, twoPrimaries, peerDown), drbd.goals[goal] ?? {reach: [], by: []})
		?.map(({type}) => type)
		.join(' ') ?? 'no way';

const EVENTS = [
	'disconnect',
	'adjust',
	'primary',
	'secondary',
	'down',
	...DISKS.map(disk => `disk:${disk}`),
	...CONNECTIONS.map(connection => `connection:${connection}`),
	...ROLES.flatMap(role => [`role:${role}`, `peer-role:${role}`]),
	...DISKS.map(disk => `peer-disk:${disk}`),
];

t.test('plans', async t => {
	t.equal(way('start'), 'adjust disk:UpToDate');
	t.equal(way('start', {}), '', 'a started resource needs nothing');
	t.equal(way('start', {role: 'Primary'}), 'secondary', 'start leaves it unpromoted');
	t.equal(way('promote', {}), 'primary');
	t.equal(
		way('promote', {connection: 'Connecting', 'peer-role': 'Unknown', 'peer-disk': 'DUnknown'}),
		'primary',
		'the kernel asks fence-peer',
	);
	t.equal(
		way('promote', {'peer-role': 'Primary'}),
		'peer-role:Unknown primary',
		'a dead peer is noticed, a live one is never demoted from here',
	);
	t.equal(way('promote', {'peer-role': 'Primary'}, true), 'primary', 'two Primaries where both sides allow them');
	t.equal(way('promote', {disk: 'Inconsistent', connection: 'Connecting', 'peer-disk': 'DUnknown'}), 'no way', 'never without good data');
	t.equal(
		way('promote', {'peer-role': 'Primary'}, false, true),
		'disconnect primary',
		'a Primary that is known to be down is not waited for',
	);
	t.equal(way('promote', {}, false, true), 'primary');
	t.equal(way('stop', {role: 'Primary'}), 'secondary down');
	t.equal(way('stop', {disk: 'Failed', connection: 'StandAlone'}), 'down', 'a broken resource still stops');
	t.equal(way('stop'), '');
	t.equal(way('demote'), 'no way', 'what is down cannot be demoted');
});

t.test('the table of plans', async t => {
	const rows = ['start', 'promote', 'demote', 'stop'].flatMap(goal => [
		`${goal} | down | ${way(goal) || 'done'}`,
		...(['Primary', 'Secondary'] as const).flatMap(role =>
			DISKS.flatMap(disk =>
				['StandAlone', 'Connecting', 'Connected'].flatMap(connection =>
					(connection === 'Connected' ? ROLES.filter(peer => peer !== 'Unknown') : ['Unknown']).map(peer => {
						const known = {role, disk, connection, 'peer-role': peer, 'peer-disk': connection === 'Connected' ? 'UpToDate' : 'DUnknown'};
						return `${goal} | ${role} ${disk} ${connection} peer ${peer} | ${way(goal, known) || 'done'}`;
					}),
				),
			),
		),
	]);
	golden(t, 'plans-drbd.txt', `${rows.join('\n')}\n`);
});

t.test('from every state that can be reached, stop has a way and promote never passes a Primary', async t => {
	let states = 0;
	const value = (state: ReturnType<typeof from>): string => JSON.stringify(state.value);
	const all = function* (state: ReturnType<typeof from>): Iterable<[string, ReturnType<typeof from>]> {
		for (const key of EVENTS) {
			if (state.can({type: key} as never)) {
				yield [key, transition(machine, state, {type: key} as never)[0]];
			}
		}
	};
	const bad: string[] = [];
	for (const {state} of search(from(undefined), all, value)) {
		states += 1;
		if (states % 97 === 0 && plan(machine, state, drbd.goals['stop'] ?? {reach: [], by: []}) === undefined) {
			bad.push(value(state));
		}
		const {up} = state.value as {up?: Record<string, string>};
		if (up?.['peer-role'] === 'Primary' && state.can({type: 'primary'})) {
			bad.push(`promotes beside a Primary: ${value(state)}`);
		}
	}
	t.same(bad, []);
	t.ok(states > 1000, `${states} states`);
});

t.test('the facts are the state value', async t => {
	const facts: Facts = {
		name: 'r',
		role: 'Primary',
		connection: 'Connected',
		peerRole: 'Secondary',
		disk: 'UpToDate',
		peerDisk: 'UpToDate',
		suspended: 'no',
		volumes: [],
	};
	const params = {
		drbd_resource: 'r',
		drbdconf: '/etc/drbd.conf',
		twoPrimaries: false,
		withoutPeer: false,
		promoting: undefined,
		failEarly: false,
	};
	const {value, context, machine: itself} = await drbd.resolve(facts, params);
	t.ok(itself.resolveState({value, context}).hasTag('Promoted'));
	t.ok(itself.resolveState({...(await drbd.resolve(undefined, params))}).hasTag('Stopped'));
});
