// What the handler does with what it sees.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {cib, constraintFor} from '../fake/captured.ts';
import {slowness} from '../fake/slowness.ts';
import {cluster, ENV_9, proc, stage, TOGETHER} from '../fake/stage.ts';

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
	cluster(host, {bravo: 'member'}, {bravo: 'member', constraint: constraintFor('alpha')});
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 4);
	t.same(log, [READ, ASK, WRITE, ASK, READ], 'and is a member still');
});

t.test('a constraint from before is written anew beside a live peer, and not taken back', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member', constraint: constraintFor('alpha')});
	host.on('cibadmin-R', 'printf %s "$5" >"$D/placed"; echo "$5" >"$D/written"');
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 4);
	t.match(log, [READ, ASK, /^cibadmin -R --xpath .*@value='alpha' and @id='drbd-fence.*'\]\] -X /u, ASK, READ]);
	t.match(readFileSync(join(host.root, 'written'), 'utf8'), /expr-vmstore-clone\.[0-9a-z]+-[0-9a-z]+"/u);
	const back = stage(t);
	cluster(back, {bravo: 'member', constraint: constraintFor('alpha')});
	back.text('together', proc(TOGETHER, TOGETHER));
	back.on('cibadmin-R', 'cp "$D/together" "$D/proc/drbd"; printf %s "$5" >"$D/placed"');
	t.notOk((await back.run('fence-peer')).log.some(line => line.startsWith('cibadmin -D')));
});

t.test('the peer answers while the two are only becoming one cluster again: it may not have the constraint', async t => {
	const ours = constraintFor('alpha');
	const host = stage(t);
	cluster(
		host,
		{bravo: 'member'},
		{bravo: 'joining', constraint: ours},
		{bravo: 'joining', constraint: ours},
		{bravo: 'member', constraint: ours},
	);
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 4);
	t.same(
		log.filter(command => command !== READ),
		[ASK, WRITE, ASK, ASK],
		'asked anew when it is a member',
	);
	const lost = stage(t);
	cluster(
		lost,
		{bravo: 'member'},
		{bravo: 'joining', constraint: ours},
		{bravo: 'lost', constraint: ours},
		{bravo: 'fenced', constraint: ours},
	);
	t.equal((await lost.run('fence-peer')).code, 7, 'and not believed when it is lost again');
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
	t.ok(ms < 4500 * slowness(), `the question is not waited for (${Math.round(ms)} ms)`);
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
	t.ok(ms > 1900 && ms < 6000 * slowness(), `${Math.round(ms)} ms`);
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
