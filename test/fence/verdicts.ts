// What the verdict makes of our own data and of constraints that stand already.
import t from 'tap';
import {cib, constraintFor} from '../fake/captured.ts';
import {APART, cluster, ENV_84, proc, stage} from '../fake/stage.ts';

const READ = 'cibadmin -Q -l';
// Much of it is waiting, as handlers do.
t.setTimeout(120_000);

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
	cluster(host, {bravo: 'member'}, {bravo: 'member', constraint: constraintFor('alpha')});
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
	const before = {bravo: 'member'} as const;
	const after = {...before, constraint: constraintFor('alpha')};
	cluster(host, before, after);
	const promoted = (text: string): string =>
		text.replace(
			/(<node_state id="2"[\s\S]*<lrm_resource id="vmstore"[^>]*>)/u,
			'$1<lrm_rsc_op operation="promote" call-id="9999" rc-code="0"/>',
		);
	host.text('cib1.xml', promoted(cib(before)));
	host.text('cib2.xml', promoted(cib(after)));
	t.equal((await host.run('fence-peer')).code, 4, 'Primary ourselves: whoever places the constraint first goes on');
	host.drbd(proc(APART.replace('Primary', 'Secondary'), APART.replace('Primary', 'Secondary')));
	t.equal((await host.run('fence-peer')).code, 6);
});
