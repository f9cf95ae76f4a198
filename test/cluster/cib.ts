import t from 'tap';
import {CibError, nodeNamed, parseCib} from '../../lib/cluster/cib.ts';
import {attributeOf, clonesOf, constraint, exactly, roleWord, standing} from '../../lib/cluster/constraint.ts';
import {recorded} from '../../lib/cluster/recorded.ts';
import {parseXml, render} from '../../lib/cluster/xml.ts';
import {captured, capturedCib, cib, constraintFor, STATES} from '../fake/captured.ts';

const SCHEME = {prefix: 'drbd-fence-by-handler', resource: 'vmstore', clone: 'vmstore-clone', attribute: '#uname', role: 'Master'};

t.test('a captured CIB', async t => {
	const seen = await parseCib(capturedCib('both'));
	t.match(seen, {quorum: true, schema: 'pacemaker-3.9'});
	t.same(
		seen.nodes.map(({id, name, membership}) => ({id, name, membership})),
		[
			{id: '1', name: 'alpha', membership: 'member'},
			{id: '2', name: 'bravo', membership: 'member'},
		],
	);
	t.same(clonesOf(seen, 'vmstore'), [{clone: 'vmstore-clone', primitive: 'vmstore', ours: false}]);
	const own = await parseCib(capturedCib('both').replaceAll('provider="linbit"', 'provider="twinpool"'));
	t.match(clonesOf(own, 'vmstore'), [{ours: true}]);
	t.same(clonesOf(seen, 'vmstor.'), [], 'a name is no pattern');
	t.equal(standing(seen, SCHEME), undefined);
	t.equal(roleWord(seen), 'Master');
});

t.test('what the cluster knows of a node, as captured and as the controller writes it', async t => {
	const stopped = await parseCib(capturedCib('peer-stopped'));
	t.equal(nodeNamed(stopped, 'bravo')?.membership, 'stopped', 'captured: Pacemaker stopped in good order, corosync still there');
	t.equal(nodeNamed(await parseCib(capturedCib('unclean')), 'bravo')?.membership, 'lost', 'captured: power cut, not yet fenced');
	for (const state of [...(Object.keys(STATES) as (keyof typeof STATES)[]), 'fenced', 'absent'] as const) {
		const seen = await parseCib(cib({bravo: state}));
		t.equal(nodeNamed(seen, 'bravo')?.membership, state === 'absent' ? 'unknown' : state, state);
	}
	const newer = async (words: string): Promise<string | undefined> =>
		nodeNamed(await parseCib(cib({bravo: 'lost'}).replace(STATES.lost, words)), 'bravo')?.membership;
	t.equal(await newer('in_ccm="1795361634" crmd="1795361635" join="member" expected="member"'), 'member', '2.1.7: since when');
	t.equal(await newer('in_ccm="0" crmd="0" join="down" expected="member"'), 'lost', '2.1.7: 0 is no');
	t.equal(await newer('in_ccm="0" crmd="0" join="down" expected="down"'), 'down');
	t.equal(await newer('in_ccm="0" crmd="1795361635" join="down" expected="down"'), 'lost', 'a controller that answers is not down');
	t.equal(await newer('in_ccm="0" crmd="0" join="member" expected="down"'), 'lost');
	t.equal(await newer('crmd="offline" expected="down" join="down"'), 'unknown', 'a word that is missing is not a no');
	t.equal(await newer('in_ccm="maybe" crmd="dunno" join="down" expected="member"'), 'lost');
});

t.test('names with and without a domain', async t => {
	const seen = await parseCib(cib());
	t.equal(nodeNamed(seen, 'bravo.example.org')?.name, 'bravo');
	t.equal(nodeNamed(seen, 'BRAVO')?.name, 'bravo');
	t.equal(nodeNamed(seen, 'brav'), undefined);
	const full = await parseCib(
		cib().replaceAll('uname="bravo"', 'uname="bravo.one.org"').replaceAll('uname="alpha"', 'uname="bravo.two.org"'),
	);
	t.equal(nodeNamed(full, 'bravo'), undefined, 'two that are alike are none');
	t.equal(nodeNamed(full, 'bravo.two.org')?.id, '1', 'the exact name wins');
});

t.test('the clone of a resource, however it is written', async t => {
	const drbd = (attributes: string, values: string): string =>
		`<primitive id="d" class="ocf" type="drbd" ${attributes}>${values}</primitive>`;
	const values = '<instance_attributes id="i"><nvpair id="n" name="drbd_resource" value="r0"/></instance_attributes>';
	const clones = async (resources: string): Promise<string[]> =>
		clonesOf(await parseCib(`<cib><configuration><resources>${resources}</resources></configuration></cib>`), 'r0').map(({clone}) => clone);
	t.same(await clones(`<master id="m">${drbd('provider="linbit"', values)}</master>`), ['m'], 'the old element');
	t.same(await clones(`<clone id="c"><group id="g">${drbd('provider="twinpool"', values)}</group></clone>`), ['c'], 'in a group');
	t.same(
		await clones(
			`<template id="t" class="ocf" provider="linbit" type="drbd">${values}</template><clone id="c"><primitive id="d" template="t"/></clone>`,
		),
		['c'],
		'by its template',
	);
	t.same(
		await clones(
			`${drbd('provider="x"', values)}<clone id="c"><primitive id="e" provider="linbit" type="drbd"><instance_attributes id-ref="i"/></primitive></clone>`,
		),
		['c'],
		'by reference',
	);
	t.same(
		await clones(
			`<clone id="c"><primitive id="e" provider="linbit" type="drbd"><instance_attributes id="j"><nvpair id-ref="n"/></instance_attributes></primitive></clone><clone id="x">${drbd('provider="linbit"', values)}</clone>`,
		),
		['c', 'x'],
		'by a reference to one value',
	);
	t.same(await clones(drbd('provider="linbit"', values)), [], 'not cloned: nothing to constrain');
	t.same(await clones(`<clone id="c">${drbd('provider="pacemaker"', values)}</clone>`), [], 'another agent');
});

t.test("the constraint is LINBIT's, character for character", async t => {
	t.equal(render(constraint(SCHEME, [{value: 'alpha'}])), constraintFor('alpha'), '8.4');
	t.equal(render(constraint(SCHEME, [{value: 'alpha', nodeId: 1}])), constraintFor('alpha', 1), '9');
	const created = /-X '(.*)'$/u.exec((captured('constraint-create') as unknown as {command: string}).command)?.[1];
	const node = /value="(\w+)"/u.exec(created ?? '')?.[1] ?? '';
	t.equal(render(constraint(SCHEME, [{value: node, nodeId: 1}])), created, 'the real Pacemaker took exactly this one');
	t.match(render(constraint(SCHEME, [{value: 'a"<&\'b'}])), 'value="a&quot;&lt;&amp;&apos;b"', 'values are quoted');
	t.equal((await parseXml(render(constraint(SCHEME, [{value: 'a"<&\'b'}])))).children[0]?.children[0]?.at['value'], 'a"<&\'b');
});

t.test('whom a constraint allows', async t => {
	const allowed = async (xml: string): Promise<string[] | undefined> => standing(await parseCib(cib({constraint: xml})), SCHEME)?.allowed;
	t.same(await allowed(constraintFor('alpha', 1)), ['alpha']);
	t.same(await allowed(constraintFor('alpha').replace('Master', 'Promoted')), ['alpha']);
	t.same(
		await allowed(
			constraintFor('alpha').replace('<expression', '<expression attribute="#uname" operation="ne" value="bravo" id="y"/><expression'),
		),
		['bravo', 'alpha'],
	);
	t.equal(await allowed(constraintFor('alpha').replace('"ne"', '"eq"')), undefined, 'a rule that is none of ours');
	t.equal(await allowed(constraintFor('alpha').replace('-INFINITY', '100')), undefined);
	t.equal(await allowed(constraintFor('alpha').replace('rsc="vmstore-clone"', 'rsc="tank"')), undefined);
	t.equal(await allowed(constraintFor('alpha').replace('<rule ', '<rule boolean-op="or" ')), undefined);
	t.equal(
		await allowed('<rsc_location rsc="vmstore-clone" id="drbd-fence-by-handler-vmstore-vmstore-clone" node="alpha" score="1"/>'),
		undefined,
	);
	const stands = standing(await parseCib(cib({constraint: constraintFor('alpha')})), SCHEME);
	t.equal(
		stands && exactly(stands.element),
		"//rsc_location[@id='drbd-fence-by-handler-vmstore-vmstore-clone' and count(rule/expression)=1 and rule/expression[@value='alpha' and @id='drbd-fence-by-handler-vmstore-expr-vmstore-clone']]",
	);
});

t.test('which word for the role', async t => {
	const word = async (schema: string): Promise<string> => roleWord(await parseCib(cib().replace('pacemaker-3.9', schema)));
	t.equal(await word('pacemaker-2.10'), 'Master');
	t.equal(await word('pacemaker-3.2'), 'Master');
	t.equal(await word('pacemaker-4.0'), 'Promoted');
	t.equal(await word('none'), 'Master');
});

t.test('a node attribute instead of the name', async t => {
	const seen = await parseCib(
		cib().replace(
			'<node id="1" uname="alpha"/>',
			'<node id="1" uname="alpha"><instance_attributes id="x"><nvpair id="y" name="rack" value="r1"/></instance_attributes></node>',
		),
	);
	const [alpha, bravo] = seen.nodes;
	t.equal(alpha && attributeOf(seen, alpha, 'rack'), 'r1');
	t.equal(bravo && attributeOf(seen, bravo, 'rack'), undefined);
	t.equal(bravo && attributeOf(seen, bravo, '#uname'), 'bravo');
});

t.test('what Pacemaker recorded', async t => {
	const both = (await parseCib(cib())).nodes.map(node => Object.fromEntries(recorded(node)));
	t.match(both[0], {vmstore: 'promoted', tank: 'active', 'power-bravo': 'active', 'power-alpha': 'stopped'});
	t.match(both[1], {vmstore: 'active', 'power-alpha': 'active', tank: 'stopped'});
	const [, stopped] = (await parseCib(capturedCib('peer-stopped'))).nodes;
	t.same(new Set(stopped && recorded(stopped).values()), new Set(['stopped']), 'an orderly shutdown stopped everything');
	const one = async (...operations: string[]): Promise<string | undefined> => {
		const history = operations.map(words => `<lrm_rsc_op ${words}/>`).join('');
		const status = `<node_state id="1" uname="a"><lrm><lrm_resources><lrm_resource id="r:0">${history}</lrm_resource></lrm_resources></lrm></node_state>`;
		const [node] = (await parseCib(`<cib><configuration/><status>${status}</status></cib>`)).nodes;
		return node && recorded(node).get('r');
	};
	t.equal(await one('operation="promote" call-id="5" rc-code="0"', 'operation="demote" call-id="9" rc-code="0"'), 'active');
	t.equal(await one('operation="demote" call-id="9" rc-code="1"'), 'promoted', 'a demotion that failed');
	t.equal(
		await one('operation="monitor" call-id="9" rc-code="8"', 'operation="start" call-id="2" rc-code="0"'),
		'promoted',
		'found promoted',
	);
	t.equal(await one('operation="monitor" call-id="9" rc-code="191"'), 'promoted', 'promoted and degraded');
	t.equal(
		await one('operation="start" call-id="2" rc-code="0"', 'operation="promote" call-id="-1" op-status="-1" rc-code="193"'),
		'promoted',
		'on its way',
	);
	t.equal(await one('operation="stop" call-id="9" rc-code="1"'), 'active', 'a stop that failed');
	t.equal(await one(), undefined);
});

t.test('what is no CIB', async t => {
	for (const text of ['', 'garbage', '<cib', '<failed/>', '<cib/>', '<cib><configuration></cib>', '\0\0', `${cib()}${cib()}`]) {
		await t.rejects(parseCib(text), CibError, JSON.stringify(text.slice(0, 20)));
	}
});
