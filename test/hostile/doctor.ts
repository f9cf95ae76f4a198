// What doctor reads: tools' output, and another host's answer.
import fc from 'fast-check';
import t from 'tap';
import {clusterOf} from '../../lib/doctor/cluster-facts.ts';
import {examine} from '../../lib/doctor/examine.ts';
import {factsOf} from '../../lib/doctor/facts.ts';
import {propertiesIn, vdevsIn} from '../../lib/doctor/pools.ts';
import {recorded} from '../../lib/doctor/record.ts';
import {resources} from '../../lib/doctor/resources.ts';
import {DoctorHost} from '../fake/doctor-host.ts';
import {holdsOut} from './check.ts';
import {captures, documents, texts} from './inputs.ts';

t.jobs = 1;

t.test('tools', async t => {
	await holdsOut(t, 'drbdadm dump-xml', documents(captures(/^drbd-utils-9\.22.dump-.*\.xml$/u)), async text => {
		for (const {hosts, handlers, option} of await resources(text)) {
			String([hosts, [...handlers], option('net', 'fencing')]);
		}
	});
	await holdsOut(
		t,
		'the CIB',
		documents(captures(/^cib.*\.xml$/u)),
		async text => (await clusterOf(text, undefined, true)).primitives.length,
	);
	await holdsOut(t, 'zpool status', texts(captures(/^zfs-2\.1\.11.*status.*\.json$/u)), text => [...vdevsIn(text)]);
	await holdsOut(t, 'zpool get', texts(captures(/^zfs-2\.1\.11.get\.json$/u)), text => [...propertiesIn(text)]);
});

const TOOLS = ['cib', 'history', 'dump', 'events2', 'vdevs', 'properties'] as const;

t.test('an answer of another host', async t => {
	const record = await DoctorHost.made(t.testdir({}), 'drbd').record();
	const said = (tool: (typeof TOOLS)[number]): string => {
		const answer = record.tools[tool];
		return answer && 'exit' in answer ? answer.stdout : '';
	};
	const answers = fc.oneof(
		texts([JSON.stringify(record)]),
		// A record as it should be, of a tool that is not.
		fc
			.constantFrom(...TOOLS)
			.chain(tool =>
				texts([said(tool)]).map(stdout => JSON.stringify({...record, tools: {...record.tools, [tool]: {exit: 0, stdout, stderr: ''}}})),
			),
		texts([record.texts.corosync ?? '']).map(corosync => JSON.stringify({...record, texts: {...record.texts, corosync}})),
	);
	await holdsOut(t, 'a record', answers, async text => examine([await factsOf(recorded('bravo', text))]).length);
});
