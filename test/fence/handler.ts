// What the handler does with what it sees.
import t from 'tap';
import {cib, constraintFor} from '../fake/captured.ts';
import {APART, cluster, ENV_9, ENV_84, proc, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
const WRITE = `cibadmin -C -o constraints -X ${constraintFor('alpha')}`;
const ASK = 'crmadmin -S bravo';
// Much of it is waiting, as handlers do.
t.setTimeout(120_000);

t.test('a peer that was fenced: one read, one write, 7', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	const {code, log, trace, identifier} = await host.run('fence-peer');
	t.equal(code, 7);
	t.same(log, [READ, WRITE]);
	t.equal(identifier, 'twinpool-fence-peer');
	t.match(trace, {
		event: 'fence-peer',
		resource: 'vmstore',
		peer: 'bravo',
		code: 7,
		drbd: 'Connecting Primary/Unknown UpToDate/DUnknown UpToDate/DUnknown',
		inputs: {disk: 'UpToDate', peer: 'fenced', constraint: 'mine'},
		peerState: 'in_ccm=false crmd=offline join=down expected=down',
		path: [{step: 'claim'}, {step: '7'}],
		commands: [
			{command: READ, exit: 0},
			{command: WRITE, exit: 0},
		],
		why: /known to be down/u,
	});
});

t.test("DRBD 9 says it by node ids, and names the constraint's expression by one", async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	host.drbd('version: 9.2.8 (api:2/proto:86-122)\nTransports (api:20): tcp (9.2.8)\n');
	host.text(
		'events',
		`exists resource name:vmstore role:Primary suspended:fencing
exists connection name:vmstore peer-node-id:1 conn-name:bravo connection:Connecting role:Unknown
exists device name:vmstore volume:0 minor:0 disk:UpToDate client:no quorum:yes
exists peer-device name:vmstore peer-node-id:1 conn-name:bravo volume:0 replication:Off peer-disk:DUnknown peer-client:no
exists -\n`,
	);
	host.on('drbdsetupevents2', 'cat "$D/events"');
	const {code, log} = await host.run('fence-peer', [], ENV_9);
	t.equal(code, 7);
	t.same(
		log.toSorted((one, other) => one.localeCompare(other)),
		[`cibadmin -C -o constraints -X ${constraintFor('alpha', 0)}`, READ, 'drbdsetup events2 --now vmstore'].toSorted((one, other) =>
			one.localeCompare(other),
		),
	);
	const distrusted = await host.run('fence-peer', [], {...ENV_9, UP_TO_DATE_NODES: '0x00000002'});
	t.equal(distrusted.code, 1, 'the kernel does not count this node among the good ones');
});

t.test('only the storage link is cut: the peer must answer before and after the constraint', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member'});
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 4);
	t.same(log, [READ, ASK, WRITE, ASK]);
});

t.test('a member that does not answer any more: no constraint until it is fenced, then 7', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member'}, {bravo: 'member'}, {bravo: 'lost'}, {bravo: 'lost'}, {bravo: 'fenced'});
	host.on('crmadmin-S', 'sleep 30');
	const {code, log, ms} = await host.run('fence-peer');
	t.equal(code, 7);
	t.same(
		log.filter(command => command !== READ),
		[ASK, WRITE],
	);
	t.ok(ms < 4500, `the question is not waited for (${Math.round(ms)} ms)`);
});

t.test('the peer answers once and is gone after the write: 7 only when it is fenced', async t => {
	const host = stage(t);
	cluster(
		host,
		{bravo: 'member'},
		{bravo: 'lost', constraint: constraintFor('alpha')},
		{bravo: 'fenced', constraint: constraintFor('alpha')},
	);
	host.on('crmadmin-S', 'sleep 30', 2);
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 7);
	t.same(
		log.filter(command => command !== READ),
		[ASK, WRITE, ASK],
	);
});

t.test('lost and never fenced: no answer lets the kernel go on', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'lost'});
	const {code, log, ms} = await host.run('fence-peer', ['--timeout', '2']);
	t.equal(code, 1, 'I/O stays frozen: the peer may be going on as well');
	t.notOk(log.includes(WRITE));
	t.ok(ms > 1900 && ms < 6000, `${Math.round(ms)} ms`);
});

t.test('Pacemaker stopped on the peer in good order', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'stopped'});
	t.same(await host.run('fence-peer').then(({code, log}) => ({code, log})), {code: 4, log: [READ, WRITE]});
});

t.test('the peer dropped out of its own shutdown while it was promoted', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'down'});
	host.text(
		'cib1.xml',
		cib({bravo: 'down'}).replace(
			/(<node_state id="2"[\s\S]*<lrm_resource id="vmstore"[^>]*>)/u,
			'$1<lrm_rsc_op operation="promote" call-id="9999" rc-code="0"/>',
		),
	);
	const {code, log} = await host.run('fence-peer', ['-t', '1']);
	t.equal(code, 1);
	t.notOk(log.includes(WRITE));
});

t.test('our own data is no good', async t => {
	for (const [disks, code] of [
		[['Inconsistent'], 5],
		[['Outdated', 'Outdated'], 5],
		[['UpToDate', 'Inconsistent'], 1],
		[['UpToDate', 'Consistent'], 1],
		[['Consistent'], 5],
	] as const) {
		const host = stage(t);
		cluster(host, {bravo: 'fenced'});
		host.drbd(proc(...disks.map(disk => `cs:WFConnection ro:Secondary/Unknown ds:${disk}/DUnknown`)));
		const run = await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: disks.map((_, minor) => minor).join(' ')});
		t.equal(run.code, code, disks.join(' '));
		t.same(run.log, [READ], 'nothing is written');
	}
	const host = stage(t);
	cluster(host, {bravo: 'fenced'});
	t.equal((await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: '0 7'})).code, 1, 'a minor that /proc/drbd does not have');
	t.equal((await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: ''})).code, 1, 'no minor at all');
	host.drbd('version: 8.4.11 (api:1/proto:86-101)\n 0: cs:Unconfigured\n');
	t.equal((await host.run('fence-peer')).code, 1, 'not configured');
});

t.test('Consistent goes on where its own constraint stands, or where the peer answers', async t => {
	const host = stage(t);
	host.drbd(proc('cs:WFConnection ro:Secondary/Unknown ds:Consistent/DUnknown'));
	cluster(host, {bravo: 'fenced', constraint: constraintFor('alpha')});
	t.equal((await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: '0'})).code, 7);
	cluster(host, {bravo: 'member'});
	t.equal((await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: '0'})).code, 4);
});

t.test('an interrupted resync target has nothing to go on with', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'lost'});
	host.drbd(proc('cs:WFConnection ro:Primary/Unknown ds:UpToDate/Inconsistent'));
	const {code, log} = await host.run('fence-peer', [], {...ENV_84, DRBD_MINOR: '0'});
	t.same({code, log}, {code: 3, log: [READ]});
});

t.test('a constraint that is there already', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'fenced', constraint: constraintFor('alpha', 0)});
	t.same(await host.run('fence-peer').then(({code, log}) => ({code, log})), {code: 7, log: [READ]}, "ours, or LINBIT's, in either form");
	cluster(host, {bravo: 'fenced', constraint: constraintFor('bravo', 1)});
	const rejected = await host.run('fence-peer');
	t.equal(rejected.code, 1, 'it rejects this node');
	t.match(rejected.trace, {why: /rejects this node/u, constraintAllows: ['bravo']});
	cluster(host, {bravo: 'fenced', constraint: constraintFor('alpha').replace('"ne"', '"eq"')});
	t.equal((await host.run('fence-peer')).code, 1, 'one that nobody understands');
	const wide = constraintFor('alpha').replace('</rule>', '<expression attribute="#uname" operation="ne" value="bravo" id="e2"/></rule>');
	cluster(host, {bravo: 'fenced', constraint: wide});
	const narrowed = await host.run('fence-peer');
	t.equal(narrowed.code, 7);
	t.match(
		narrowed.log.at(-1),
		/^cibadmin -R --xpath \/\/rsc_location\[@id='drbd-fence-by-handler-vmstore-vmstore-clone' and count\(rule\/expression\)=2 and .* -X <rsc_location/u,
	);
});

t.test('a rejected Primary asks to be fenced only if it was told to', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member', constraint: constraintFor('bravo')});
	host.on('crm_attribute-t', 'exit 0');
	t.equal((await host.run('fence-peer')).log.at(-1), READ);
	const {code, log} = await host.run('fence-peer', ['--suicide-on-failure-if-primary']);
	t.equal(code, 1);
	t.equal(log.at(-1), 'crm_attribute -t status -N alpha -n terminate -v true');
	host.drbd(proc(APART.replace('Primary', 'Secondary'), APART.replace('Primary', 'Secondary')));
	t.equal((await host.run('fence-peer', ['--suicide-on-failure-if-primary'])).log.at(-1), READ, 'a Secondary does not');
});

t.test('beside a promoted peer nobody is promoted', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member'});
	host.text(
		'cib1.xml',
		cib().replace(
			/(<node_state id="2"[\s\S]*<lrm_resource id="vmstore"[^>]*>)/u,
			'$1<lrm_rsc_op operation="promote" call-id="9999" rc-code="0"/>',
		),
	);
	t.equal((await host.run('fence-peer')).code, 4, 'Primary ourselves: whoever places the constraint first goes on');
	host.drbd(proc(APART.replace('Primary', 'Secondary'), APART.replace('Primary', 'Secondary')));
	t.equal((await host.run('fence-peer')).code, 6);
});
