// What is in the way of a drill, by the captured CIB with one thing changed; and how its outage is measured.
import t from 'tap';
import {longestGap} from '../../lib/cli/drill-writers.ts';
import {parseCib} from '../../lib/cluster/cib.ts';
import {movedWith, obstacles} from '../../lib/cluster/preflight.ts';
import {capturedCib} from '../fake/captured.ts';
import {cibOf} from '../fake/drill-cluster.ts';

t.test('what is in the way, by the CIB', async t => {
	const seen = async (change: (cib: string) => string): Promise<string[]> => {
		const cib = await parseCib(change(cibOf('alpha')));
		const moved = movedWith(cib, 'tank');
		return moved ? obstacles(cib, moved) : ['none'];
	};
	t.same(await seen(cib => cib), []);
	t.match(await seen(cib => cib.replace('have-quorum="1"', 'have-quorum="0"')), [/no quorum/u]);
	t.match(await seen(cib => cib.replace('name="stonith-enabled" value="true"', 'name="stonith-enabled" value="false"')), [
		/stonith-enabled is false/u,
	]);
	t.match(await seen(cib => cib.replaceAll('class="stonith"', 'class="ocf"')), [/no fence device/u]);
	t.match(
		await seen(cib =>
			cib.replace('</cluster_property_set>', '<nvpair id="m" name="maintenance-mode" value="true"/></cluster_property_set>'),
		),
		[/maintenance mode/u],
	);
	t.match(
		await seen(cib =>
			cib.replace(
				'<node id="2" uname="bravo"/>',
				'<node id="2" uname="bravo"><instance_attributes id="n"><nvpair id="s" name="standby" value="on"/></instance_attributes></node>',
			),
		),
		[/^bravo is in standby/u],
	);
	t.match(
		await seen(cib =>
			cib.replace(/(<instance_attributes id="status-2">)/u, '$1<nvpair id="f" name="fail-count-vmstore#monitor_15000" value="1"/>'),
		),
		[/^vmstore has failed on bravo: crm_resource --cleanup --resource vmstore/u],
	);
	t.match(
		await seen(cib =>
			cib.replace('</constraints>', '<rsc_location id="not-there" rsc="tank" node="bravo" score="-INFINITY"/></constraints>'),
		),
		[/not-there keeps tank from bravo/u],
	);
	t.match(await seen(() => capturedCib('unclean')), [/bravo is lost/u]);
	const grouped = await parseCib(cibOf('alpha').replace(/(<primitive id="tank"[\s\S]*?<\/primitive>)/u, '<group id="service">$1</group>'));
	t.match(movedWith(grouped, 'tank'), {primitive: 'tank', resource: 'service', holder: 'alpha', other: 'bravo'}, 'a group goes as one');
});

t.test('the longest gap', async t => {
	const at = (...moments: number[]): {host: string; n: number; at: number}[] =>
		moments.map((moment, n) => ({host: 'alpha', n, at: moment}));
	t.same(longestGap(at(0, 50, 100, 900, 950), 80, 950), {from: 100, to: 900});
	t.same(longestGap(at(0, 50), 100, 400), {from: 50, to: 400}, 'it counts from the last record before, and to the end');
	t.same(longestGap([], 100, 400), {from: 100, to: 400});
});
