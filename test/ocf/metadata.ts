// The metadata, as text that people review, and as XML that a cluster manager reads. The schemas are asked in the lab.
import {XMLParser} from 'fast-xml-parser';
import t from 'tap';
import {agent as drbd} from '../../agents/drbd.ts';
import {agent as zpool} from '../../agents/zpool.ts';
import type {Agent} from '../../lib/ocf/agent.ts';
import {metadata} from '../../lib/ocf/metadata.ts';
import {golden} from '../golden.ts';

for (const agent of [drbd, zpool] as unknown as Agent[]) {
	t.test(`metadata of ${agent.name}`, async t => {
		const said = metadata(agent);
		golden(t, `${agent.name}.xml`, said);
		const {'resource-agent': root} = new XMLParser({
			ignoreAttributes: false,
			attributeNamePrefix: '',
			isArray: name => name === 'parameter' || name === 'action',
		}).parse(said) as {
			'resource-agent': {
				name: string;
				parameters: {parameter: {name: string; required: string}[]};
				actions: {action: {name: string; timeout: string}[]};
			};
		};
		t.equal(root.name, agent.name);
		const required = root.parameters.parameter.filter(parameter => parameter.required === '1').map(parameter => parameter.name);
		t.same(
			required,
			Object.keys(agent.params).filter(name => agent.params[name]?.required),
		);
		for (const name of ['start', 'stop', 'monitor', 'meta-data', 'validate-all']) {
			t.ok(
				root.actions.action.some(action => action.name === name && /^\d+s$/u.test(action.timeout)),
				`${name} has a timeout`,
			);
		}
	});
}

t.test('what a text says stays text', async t => {
	const sharp: Agent = {
		name: 'sharp',
		version: '1.0',
		short: 'a < b & "c"',
		long: '</longdesc>',
		params: {},
		actions: {monitor: [{timeout: 5, interval: 10, depth: 0}]},
		perform: {},
	};
	const said = metadata(sharp);
	t.ok(new XMLParser().parse(said, true), 'well-formed');
	t.match(said, '&lt;/longdesc&gt;');
	t.match(said, '<action name="monitor" timeout="5s" interval="10s" depth="0"/>');
});
