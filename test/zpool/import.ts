import t from 'tap';
import {capture, host, IMPORT} from '../fake/zpool-host.ts';

t.test('a pool of another host', async t => {
	const cib = (state: string): string =>
		`cat <<'X'\n<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.9" have-quorum="1" dc-uuid="2"><configuration><crm_config/><nodes><node id="1" uname="alpha"/><node id="2" uname="bravo"/></nodes><resources/><constraints/></configuration><status>${state}<node_state id="2" uname="bravo" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>\nX`;
	const fenced = '<node_state id="1" uname="alpha" in_ccm="false" crmd="offline" join="down" expected="down"/>';
	const member = (more = ''): string =>
		`<node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member">${more}</node_state>`;
	const probed =
		'<lrm id="1"><lrm_resources><lrm_resource id="pool" type="zpool" class="ocf" provider="twinpool"><lrm_rsc_op id="p" operation="monitor" call-id="7" rc-code="7" op-status="0" interval="0"/></lrm_resource></lrm_resources></lrm>';
	const cases: [string, string, Record<string, string>, number, string][] = [
		['fenced', cib(fenced), {}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		['back, and probed without it', cib(member(probed)), {}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		[
			'a member',
			cib(member()),
			{},
			1,
			'tank was last used by alpha, which is not known to be down: export it there or fence it; alpha is a member of the cluster',
		],
		[
			'no cluster',
			'exit 102',
			{},
			1,
			'tank was last used by alpha, which is not known to be down: export it there or fence it; nothing is known of alpha',
		],
		['no cluster, forced', 'exit 102', {OCF_RESKEY_importforce: 'yes'}, 0, 'zpool import -d /dev/drbd0 -o cachefile=none -f tank'],
		['fenced, never forced', cib(fenced), {OCF_RESKEY_importforce: 'no'}, 1, 'tank was not exported by alpha and importforce is false'],
	];
	for (const [what, answer, env, code, says] of cases) {
		const here = host(t.testdir(), 'bravo', 2);
		here.tool('cibadmin', answer);
		const result = await here.act('start', env);
		t.equal(result.code, code, `${what}: ${result.stderr}`);
		t.match(code === 0 ? here.calls().at(-1) : result.reason[0], says, what);
		t.equal(result.reason.length, code === 0 ? 0 : 1);
		t.equal(here.calls().filter(call => call.startsWith('zpool')).length, code === 0 ? 1 : 0);
	}
});

t.test('a leased pool whose last owner is back before its import', async t => {
	const cib = (holder: string): string =>
		`cat <<'X'\n<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.9" have-quorum="1" dc-uuid="2"><configuration><crm_config><cluster_property_set id="l"><nvpair id="twinpool-lease-tank-value" name="twinpool-lease-tank" value="epoch=5 holder=${holder} pool=1 current=2 behind=3@9"/></cluster_property_set></crm_config><nodes><node id="1" uname="alpha"/><node id="2" uname="bravo"/></nodes><resources/><constraints/></configuration><status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="down" expected="down"/><node_state id="2" uname="bravo" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>\nX`;
	const cases: [what: string, note: object, holder: string, says: string][] = [
		['its lease was taken while it was down', {me: 'bravo', from: 'alpha'}, 'bravo', ''],
		['its lease is there again', {me: 'bravo', from: 'alpha'}, 'alpha', 'alpha is joining the cluster'],
		['nobody was down when the lease was taken', {me: 'bravo'}, 'bravo', 'alpha is joining the cluster'],
		['the lease was taken from somebody else', {me: 'bravo', from: 'carol'}, 'bravo', 'alpha is joining the cluster'],
	];
	for (const [what, note, holder, says] of cases) {
		const here = host(t.testdir(), 'bravo', 2);
		here.put('/var/lib/twinpool/leased-tank', '');
		here.put('/run/twinpool/leg-tank.json', JSON.stringify(note));
		here.tool('cibadmin', cib(holder));
		const {code, reason, stderr} = await here.act('start');
		t.equal(code, says === '' ? 0 : 1, `${what}: ${stderr}`);
		t.match(reason[0] ?? '', says, what);
		t.equal(here.calls().filter(call => call.startsWith('cibadmin')).length, 1, 'one look');
	}
});

t.test('what the real zpool says to an import', async t => {
	const table: [name: string, code: number, says: string][] = [
		['import-other-host', 1, "cannot import 'far': pool was previously in use from another system. Last accessed by alpha"],
		['import-multihost-active-force', 1, "cannot import 'busy': pool is imported on host 'alpha' (hostid=1)"],
		['import-multihost-no-hostid', 1, "Cannot import 'far': pool has the multihost property on and the system's hostid is not set"],
		['import-no-such-pool', 1, "zpool import ended with 1: cannot import 'nothere': no such pool available"],
	];
	for (const [name, code, says] of table) {
		const here = host(t.testdir());
		const {stderr, exit} = capture(name);
		here.tool('zpool', `cat >&2 <<'X'\n${stderr}X\nexit ${exit}`);
		const result = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '6000'});
		t.equal(result.code, code, name);
		t.match(result.reason[0], says, `${name}: ${result.stderr}`);
		t.ok(result.ms < 5800, 'before the manager loses its patience');
	}
	const here = host(t.testdir());
	here.tool('zpool', `mkdir -p $KSTAT; echo ONLINE >$KSTAT/state; echo "${capture('import-already').stderr}" >&2; exit 1`);
	t.equal((await here.act('start')).code, 0, 'somebody else was faster');
});

t.test('a disk that is below DRBD is never imported', async t => {
	const here = host(t.testdir());
	here.put('/proc/partitions', ' 252 16 2097152 vdb\n');
	const {code, reason} = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '2000'});
	t.equal(code, 1);
	t.match(reason[0], '/dev/vdb carries tank, but below /dev/drbd0');
	t.same(here.calls(), []);
	here.put('/sys/class/block/drbd0/ro', '1\n');
	const secondary = await here.act('start', {OCF_RESKEY_importargs: '-d /dev/drbd0', OCF_RESKEY_CRM_meta_timeout: '2000'});
	t.match(secondary.reason[0], '/dev/drbd0 is read-only');
});

t.test('two at once', async t => {
	const here = host(t.testdir());
	here.tool(
		'zpool',
		`[ -d $KSTAT ] && { echo "${capture('import-already').stderr}" >&2; exit 1; }; mkdir -p $KSTAT; echo OFFLINE >$KSTAT/state; sleep 0.5; echo ONLINE >$KSTAT/state`,
	);
	const both = await Promise.all([here.act('start'), here.act('start')]);
	t.same(
		both.map(({code}) => code),
		[0, 0],
	);
	here.tool('zpool', `${IMPORT} 2>/dev/null`);
	const stops = await Promise.all([here.act('stop'), here.act('stop')]);
	t.same(
		stops.map(({code}) => code),
		[0, 0],
	);
});
