// The metadata, as text that people review, and as XML that a cluster manager reads. The schemas are asked in the lab.
import t from 'tap';
import {agent as drbd} from '../../agents/drbd.ts';
import {agent as gluster} from '../../agents/gluster.ts';
import {agent as guests} from '../../agents/guests.ts';
import {agent as iscsiLeg} from '../../agents/iscsi-leg.ts';
import {agent as zpool} from '../../agents/zpool.ts';
import {below, type Element, parseXml} from '../../lib/cluster/xml.ts';
import type {Agent} from '../../lib/ocf/agent.ts';
import {metadata} from '../../lib/ocf/metadata.ts';
import {golden} from '../golden.ts';

for (const agent of [drbd, zpool, guests, iscsiLeg, gluster] as unknown as Agent[]) {
	t.test(`metadata of ${agent.name}`, async t => {
		const said = metadata(agent);
		golden(t, `${agent.name}.xml`, said);
		const root = await parseXml(said);
		const all = (tag: string): Element['at'][] => [...below(root)].filter(one => one.tag === tag).map(({at}) => at);
		t.equal(root.at['name'], agent.name);
		const required = all('parameter').flatMap(({name, required: word}) => (word === '1' ? [name] : []));
		t.same(
			required,
			Object.keys(agent.params).filter(name => agent.params[name]?.required),
		);
		for (const name of ['start', 'stop', 'monitor', 'meta-data', 'validate-all']) {
			t.ok(
				all('action').some(at => at['name'] === name && /^\d+s$/u.test(at['timeout'] ?? '')),
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
	t.resolves(parseXml(said), 'well-formed');
	t.match(said, '&lt;/longdesc&gt;');
	t.match(said, '<action name="monitor" timeout="5s" interval="10s" depth="0"/>');
});
