// twinpool drill of a Gluster volume, built, on two simulated hosts that both have it: one is fenced, the other one goes on.
import {chmodSync, mkdirSync, readdirSync, statSync, symlinkSync} from 'node:fs';
import t, {type Test} from 'tap';
import {cib} from '../../lib/topology/cib.ts';
import {cibXml} from '../fake/cib-xml.ts';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {topologyOf} from '../fake/doctor-host.ts';
import {actions} from '../fake/drill-cluster.ts';
import {Tree} from '../fake/tree.ts';

t.setTimeout(240_000);

const RUNS =
	'<lrm_resource id="volume-vm"><lrm_rsc_op operation="start" call-id="11" rc-code="0" op-status="0" interval="0"/></lrm_resource>';
const lease = (behind: string): string =>
	`<nvpair id="lease" name="twinpool-lease-gluster.vm" value="epoch=1 holder= pool=0-1 current=alpha,bravo behind=${behind}"/>`;

const cibWith = (behind: string): string =>
	cibXml(cib(topologyOf('gluster-bare')), ['alpha', 'bravo'])
		.replaceAll('</lrm_resources>', `${RUNS}</lrm_resources>`)
		.replace('</cluster_property_set>', `${lease(behind)}</cluster_property_set>`);

/** As a fenced node does, alpha waits before stonith_admin has ended, and for a second after; `loses`: bravo comes back without the last record. */
function cluster(t: Test): {alpha: Tree; shared: string; world: Tree} {
	const root = t.testdir();
	const world = new Tree(root);
	mkdirSync(`${root}/shared`);
	const device = BigInt(statSync(`${root}/shared`).dev);
	const mount = `36 35 ${(device >> 8n) & 0xfffn}:${(device & 0xffn) | ((device >> 12n) & ~0xffn)} / /vm rw - fuse.glusterfs localhost:/vm rw\n`;
	world.put('/mounted', mount);
	world.put('/cib.xml', cibWith(''));
	for (const name of ['alpha', 'bravo']) {
		const here = new Tree(`${root}/${name}`);
		here.put('/proc/self/mountinfo', mount);
		symlinkSync(`${root}/shared`, `${root}/${name}/vm`);
	}
	const alpha = new Tree(`${root}/alpha`);
	alpha.tool('crm_node', 'echo alpha');
	alpha.tool('cibadmin', `cat ${root}/cib.xml`);
	alpha.tool(
		'stonith_admin',
		`M=$ROOT/proc/self/mountinfo; case "$1" in --reboot) : >$M; sleep 0.5; ( sleep 1; cp ${root}/mounted $M ) >/dev/null 2>&1 & ;; esac`,
	);
	alpha.put(
		'/bin/ssh',
		`#!/bin/sh\n[ ! -e ${root}/loses ] || sed -i '$d' ${root}/shared/.twinpool-drill-*\nTWINPOOL_ROOT=${root}/bravo exec ${process.execPath} ${TWINPOOL} side\n`,
	);
	chmodSync(`${alpha.root}/bin/ssh`, 0o755);
	return {alpha, shared: `${root}/shared`, world};
}

t.test('the other node is fenced, and its copy has every record when it is back', async t => {
	const {alpha, shared} = cluster(t);
	const {code, stdout, stderr} = await twinpool(alpha, 'drill', 'vm', '--power', '--yes', '--json', '--output', alpha.root);
	t.equal(code, 0, `${stdout}${stderr}`);
	const {legs, lost, after, marks} = JSON.parse(stdout) as {
		legs: {gap: {from: number; to: number}}[];
		lost: [];
		after: [];
		marks: {text: string}[];
	};
	t.match({legs, lost, after}, {legs: [{from: 'bravo', to: 'alpha', how: 'power'}], lost: [], after: []});
	const [gap = 0] = legs.map(({gap: {from, to}}) => to - from);
	t.ok(gap >= 1000 && gap < 10_000, `${gap} ms`);
	t.match(
		marks.map(({text}) => text),
		['bravo is fenced', 'alpha writes', 'bravo is a member again', 'the replication is whole', 'bravo has the records, too'],
	);
	t.same(actions(alpha), ['stonith_admin --reboot bravo --timeout 300']);
	t.same(readdirSync(shared), [], 'the records are gone');
	t.equal(readdirSync(alpha.root).filter(name => /^drill-vm-.*\.(html|json)$/u.test(name)).length, 2);
});

t.test('what the copy that came back does not have is found', async t => {
	const {alpha, world} = cluster(t);
	world.put('/loses', '');
	const {code, stdout} = await twinpool(alpha, 'drill', 'vm', '--power', '--yes', '--output', alpha.root);
	t.equal(code, 1, stdout);
	t.match(stdout, /^LOST: records (\d+) to \1 had been acknowledged, and were not there on bravo$/mu);
});

t.test('nothing is done with something in the way', async t => {
	const {alpha, world} = cluster(t);
	t.match(await twinpool(alpha, 'drill', 'vm', '--yes'), {code: 2, stderr: /vm is on both nodes, and nothing is moved: --power/u});
	t.match(await twinpool(alpha, 'drill', 'vm', '--power', '--check'), {code: 0, stdout: 'vm: nothing is in the way from bravo to alpha\n'});
	world.put('/cib.xml', cibWith('bravo@7'));
	t.match(await twinpool(alpha, 'drill', 'vm', '--power', '--yes'), {code: 1, stdout: /^vm: bravo of gluster\.vm is behind/u});
	world.put('/cib.xml', cibWith('').replace(RUNS, ''));
	t.match(await twinpool(alpha, 'drill', 'vm', '--power', '--yes'), {
		code: 1,
		stdout: /^vm: volume-vm is not active on both nodes: start it/u,
	});
	t.same(actions(alpha), []);
});
