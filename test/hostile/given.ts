// What cluster managers, kernels and people give a program: parameters, environments, standard input, options, its own files.
import fc from 'fast-check';
import t from 'tap';
import {agent as drbd} from '../../agents/drbd.ts';
import {agent as gluster} from '../../agents/gluster.ts';
import {agent as guests} from '../../agents/guests.ts';
import {agent as iscsiLeg} from '../../agents/iscsi-leg.ts';
import {agent as zpool} from '../../agents/zpool.ts';
import {agent as libvirt} from '../../fence/fence_libvirt.ts';
import {eventOf} from '../../lib/alert/event.ts';
import {KINDS} from '../../lib/alert/kinds.ts';
import {targetOf} from '../../lib/alert/recipient.ts';
import {BEAT, beats} from '../../lib/cli/beat.ts';
import {choices} from '../../lib/cli/split-report.ts';
import {parseLease} from '../../lib/cluster/lease.ts';
import {parsed} from '../../lib/cluster/seen.ts';
import {deadlineOf} from '../../lib/deadline.ts';
import {RESOURCE, resourceAnswered} from '../../lib/fence/asked.ts';
import {diverged, loss} from '../../lib/fence/diverged.ts';
import {told} from '../../lib/fence/environment.ts';
import {options} from '../../lib/fence/options.ts';
import {checked, fromArgv, fromLines} from '../../lib/fence/request.ts';
import {resourceReply} from '../../lib/fence/side.ts';
import {portalOf} from '../../lib/iscsi/session.ts';
import {halvesAnswered} from '../../lib/iscsi/side.ts';
import {type Params, parse} from '../../lib/ocf/params.ts';
import {holdsOut} from './check.ts';
import {texts} from './inputs.ts';

/** What each parameter that has to be given is given, where nothing odd is. */
const GIVEN: Record<string, string> = {portal: '10.77.2.2:3260', target: 'iqn.2026-11.org.example:tank'};
const SEEDS = [
	'tank',
	'vmstore',
	'true',
	'20',
	'20s',
	'5 10 1000 10000',
	'/dev/disk/by-id/x',
	'10.77.2.2:3260',
	'iqn.2026-11.org.example:tank',
	'auto',
	'kill',
	'1G',
	'',
];
const words = texts(SEEDS);

t.test('parameters of the agents', async t => {
	for (const {name, params} of [drbd, zpool, guests, iscsiLeg, gluster] as unknown as {name: string; params: Params}[]) {
		const required = Object.keys(params).filter(key => params[key]?.required);
		const environment = fc.dictionary(fc.constantFrom(...Object.keys(params).map(key => `OCF_RESKEY_${key}`)), words);
		for (const lenient of [false, true]) {
			await holdsOut(t, `${name}${lenient ? ', of a stop' : ''}`, environment, env => {
				const given = Object.fromEntries(required.map(key => [`OCF_RESKEY_${key}`, GIVEN[key] ?? 'x']));
				return parse(params, {...given, ...env}, lenient);
			});
		}
	}
});

t.test('what Pacemaker gives a STONITH agent', async t => {
	const {params} = libvirt;
	const names = Object.keys(params);
	const line = fc.tuple(fc.constantFrom(...names, 'nodename', 'metadata', ''), words).map(([name, value]) => `${name}=${value}`);
	await holdsOut(t, 'standard input', fc.array(fc.oneof({weight: 5, arbitrary: line}, words), {maxLength: 12}), lines => {
		const {values} = fromLines(lines.join('\n'), params);
		return checked(params, values);
	});
	const option = fc.oneof(
		fc.tuple(fc.constantFrom(...names), words).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`),
		fc.constantFrom('-o', '-n', '-v', '--', '-'),
		words,
	);
	await holdsOut(t, 'options', fc.array(option, {maxLength: 8}), argv => {
		const {values} = fromArgv(argv, params);
		return checked(params, values);
	});
});

t.test('what DRBD gives a handler', async t => {
	const names = [
		'RESOURCE',
		'MINOR',
		'PEER',
		'PEERS',
		'LL_DISK',
		'BACKING_DEV',
		'CONF',
		'NODE_ID_0',
		'NODE_ID_1',
		'MY_NODE_ID',
		'PEER_NODE_ID',
	];
	const name = fc.constantFrom(...names.map(one => `DRBD_${one}`), 'UP_TO_DATE_NODES');
	await holdsOut(t, 'environment', fc.dictionary(name, texts(['0 1', 'alpha', '0x00000003', '/dev/vdb'])), told);
	const flag = fc.oneof(
		fc.constantFrom('--timeout', '--dc-timeout=5', '-q', '--guests', '--lock-timeout', '--suicide-on-failure-if-primary'),
		words,
	);
	await holdsOut(t, 'options', fc.array(flag, {maxLength: 5}), options);
});

t.test('what Pacemaker gives an alert agent', async t => {
	const names = [
		'kind',
		'node',
		'desc',
		'rc',
		'status',
		'task',
		'rsc',
		'timestamp',
		'attribute_name',
		'attribute_value',
		'version',
		'recipient',
	];
	const environment = fc.dictionary(
		fc.constantFrom(...names.map(one => `CRM_alert_${one}`)),
		texts([
			'fencing',
			'node',
			'resource',
			'attribute',
			'alpha',
			'twinpool-split-brain-vmstore',
			'20261122T151332Z lost',
			'2026-11-22 15:13:32',
			'0',
		]),
	);
	await holdsOut(t, 'environment', environment, env => eventOf(env, KINDS, new Date(0)));
	await holdsOut(t, 'recipient', texts(['mailto:root@example.org', 'https://example.org/hook', '/etc/twinpool/alert.json']), targetOf);
});

t.test('leases and portals', async t => {
	await holdsOut(
		t,
		'lease',
		texts(['epoch=2 holder=alpha pool=1234 current=1,2 behind=3@45', 'epoch=1 holder= pool=7 current=1 behind=']),
		parseLease,
	);
	await holdsOut(t, 'portal', texts(['10.77.2.2:3260', '[fd00::1]:3260', 'storage.example.org']), portalOf);
});

t.test('what another host answers and asks', async t => {
	const answers = [
		'{"host":"bravo","role":"Primary","connection":"StandAlone","volumes":[{"volume":0,"minor":0,"disk":"UpToDate","backing":"/dev/vdb","current":"B2B8771AE49CB9C5","bitmap":"7EE6E6B426283677","history":["2091FD0A78D8E609"],"written":3072,"pool":{"name":"tank","txg":9,"trail":[[9,"root",1795361557]]},"copy":{"how":"zvol","names":["rpool/vm0"]}}],"imported":["tank"],"copies":[]}',
		'{"host":"bravo","imported":false,"halves":[{"guid":"1","path":"/dev/vdb1","poolGuid":"2","txg":9,"trail":[[9,"root",1795361557]]}]}',
	];
	// Well-formed still, with another value somewhere.
	const value = fc.oneof(words, fc.double(), fc.integer(), fc.constant(9e99), fc.constant(null));
	const changed = fc.tuple(fc.constantFrom(...answers), fc.nat(40), value).map(([answer, nth, odd]) => {
		let count = 0;
		return answer.replace(/"[^"]*"(?=[,\]}])|\d+(?=[,\]}])/gu, one => {
			count += 1;
			return count - 1 === nth ? JSON.stringify(odd) : one;
		});
	});
	await holdsOut(t, 'a side of a resource', fc.oneof(changed, texts(answers)), text => {
		const one = resourceAnswered('bravo', text);
		const torn = one.volumes.length > 0 ? diverged([one, one]) : undefined;
		return [torn, loss(one, one), torn?.torn && choices('vmstore', [one, one])];
	});
	await holdsOut(t, 'halves', fc.oneof(changed, texts(answers)), text => halvesAnswered('bravo', text));
	await holdsOut(t, "a drill's lines", texts(['{"n":12}', '{"found":11}', '{"not":"ENOENT"}']), text => parsed(BEAT, text));
	const asks = fc.dictionary(fc.constantFrom('ask', 'dataset', 'drill', 'first', 'pace'), fc.oneof(words, fc.anything()));
	await holdsOut(t, 'a request for records', asks, asked => beats(asked, () => undefined, AbortSignal.abort()));
	const request = {ask: 'discard', resource: 'vmstore', expect: ['B2B8771AE49CB9C5'], withoutCopy: false, within: 1000};
	await holdsOut(
		t,
		'a request',
		fc.tuple(fc.constantFrom(...Object.keys(request), 'pool'), fc.oneof(words, fc.anything())),
		([key, odd]) => {
			const asked = {...request, [key]: odd};
			// Whatever is one would go to the tools, which this host has not: the name alone is judged here.
			return typeof asked.resource === 'string' && RESOURCE.test(asked.resource)
				? undefined
				: resourceReply(asked, deadlineOf(1000, performance.now()));
		},
	);
});
