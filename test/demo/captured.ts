// The simulated tools of ZFS and Pacemaker against captures of the real ones: answers, refusals, exit codes.
import {readFileSync} from 'node:fs';
import t from 'tap';
import {type Answer, ask} from '../../lib/demo/tool.ts';
import {argvOf, type Twin, twin} from '../fake/twin.ts';

interface Captured {
	command: string;
	node?: 'alpha' | 'bravo';
	stdout: string;
	stderr: string;
	exit: number;
}
const captured = (folder: string, name: string): Captured =>
	JSON.parse(readFileSync(`test/fixture/${folder}/${name}.json`, 'utf8')) as Captured;

/** Ask a host's tool; one that gives no answer is ended by `timeout`, as it was for the capture. */
async function said({world}: Twin, name: 'alpha' | 'bravo', line: string, env: Record<string, string>): Promise<Required<Answer>> {
	const [tool = '', ...args] = argvOf(line.replace(/^timeout \d+ /u, ''));
	const answer = await Promise.race([
		ask(world, world.hosts[name], {tool, args, env, input: ''}),
		new Promise<Answer>(slow => setTimeout(slow, 1500, {exit: 124})),
	]);
	return {stdout: '', stderr: '', ...(answer ?? {exit: 124})};
}

type Compare = (
	name: string,
	more?: {line?: string; on?: 'alpha' | 'bravo'; env?: Record<string, string>; but?: 'stdout'},
) => Promise<void>;

/** What differs from cluster to cluster: times, host ids, names of pools, process ids. */
const plain = (text: string): string =>
	text
		.replace(/Last accessed by .*/u, 'Last accessed by HOST')
		.replace(/'(far|tank|nothere|weak)'/gu, "'POOL'")
		.replace(/client="[^"]*"/gu, 'client="WHO"')
		.trim();

const comparing =
	(hosts: Twin, folder: string): Compare =>
	async (name, {line, on, env = {OCF_RESOURCE_INSTANCE: 'vmstore'}, but} = {}) => {
		const real = captured(folder, name);
		const ours = await said(hosts, on ?? real.node ?? 'alpha', line ?? real.command, env);
		t.equal(ours.exit, real.exit, `${name}: exit code`);
		t.equal(plain(ours.stderr), plain(real.stderr), `${name}: stderr`);
		if (but !== 'stdout') {
			t.equal(plain(ours.stdout), plain(real.stdout), `${name}: stdout`);
		}
	};

t.test('zpool answers as ZFS 2.1.11', async () => {
	await twin('imported', async hosts => {
		const same = comparing(hosts, 'zfs-2.1.11');
		await same('drbd-primary-import-already', {on: 'alpha'});
		await same('drbd-secondary-import', {on: 'bravo'});
		await same('import-no-such-pool', {line: 'zpool import -d /dev/drbd0 -o cachefile=none nothere', on: 'alpha'});
		await same('export-absent', {on: 'alpha'});
		hosts.world.busy = true;
		await same('export-busy-zvol', {line: 'zpool export tank', on: 'alpha'});
		return {};
	});
	await twin('promoted', async hosts => {
		const same = comparing(hosts, 'zfs-2.1.11');
		await same('import-missing-device', {line: 'zpool import -d /dev/nothere -o cachefile=none tank', on: 'alpha'});
		const {data} = hosts.alpha.store;
		data.label = data.label && {...data.label, hostid: 99, hostname: 'elsewhere', state: 'active'};
		await same('import-other-host', {line: 'zpool import -d /dev/drbd0 -o cachefile=none tank', on: 'alpha'});
		return {};
	});
});

t.test('cibadmin answers as Pacemaker 2.1.5', async () => {
	await twin('up', async hosts => {
		const same = comparing(hosts, 'pacemaker-2.1.5');
		await same('constraint-absent');
		await same('constraint-modify-absent');
		await same('constraint-replace-absent');
		await same('constraint-delete-absent');
		await same('constraint-create');
		await same('constraint-present');
		await same('constraint-modify-unchanged');
		await same('constraint-modify');
		await same('constraint-replace');
		await same('constraint-delete-other');
		await same('constraint-present');
		await same('constraint-delete-exactly');
		await same('constraint-absent');
		await same('constraint-create');
		await same('constraint-delete');
		await same('constraint-absent');
		await same('constraint-modify-create');
		await same('constraint-create-exists', {but: 'stdout'});
		return {};
	});
});

t.test("the attributes' and the nodes' tools answer as Pacemaker 2.1.5", async () => {
	await twin('up', async hosts => {
		const same = comparing(hosts, 'pacemaker-2.1.5');
		for (const name of ['crm-node-name', 'crm-node-list-both', 'crmadmin-status-alpha-both', 'crmadmin-status-bravo-both']) {
			await same(name);
		}
		for (const name of [
			'promotion-set',
			'promotion-query',
			'promotion-delete',
			'promotion-query-unset',
			'attribute-set',
			'attribute-delete',
		]) {
			await same(name);
		}
		await same('promotion-query-no-instance', {env: {}});
		return {};
	});
});

t.test('fencing shows as in Pacemaker 2.1.5', async t => {
	const states = (xml: string): string[] =>
		[...xml.matchAll(/<node_state [^>]*uname="(\w+)" in_ccm="(\w+)" crmd="(\w+)"[^>]* join="(\w+)" expected="(\w+)"/gu)]
			.map(([, ...words]) => words.join(' '))
			.sort((a, b) => a.localeCompare(b));
	await twin('up', async hosts => {
		const {world} = hosts;
		const same = comparing(hosts, 'pacemaker-2.1.5');
		t.same(states(world.cluster.xml()), states(captured('pacemaker-2.1.5', 'cib-local-both').stdout), 'both are members');
		await same('stonith-history-xml-both');
		world.cluster.lose('bravo');
		world.hosts.bravo.on = false;
		world.cluster.history.unshift({target: 'bravo', origin: 'alpha', status: 'failed', completed: '2026-11-22 16:06:00Z'});
		t.same(states(world.cluster.xml()), states(captured('pacemaker-2.1.5', 'cib-local-unclean').stdout), 'lost, and fencing fails');
		await same('stonith-history-xml-unclean');
		await same('crmadmin-status-bravo-unclean');
		const completed = /completed="([^"]+)"/u.exec(captured('pacemaker-2.1.5', 'stonith-history-xml-fenced').stdout)?.[1] ?? '';
		world.cluster.history.unshift({target: 'bravo', origin: 'alpha', status: 'success', completed});
		world.cluster.fenced('bravo');
		t.same(states(world.cluster.xml()), states(captured('pacemaker-2.1.5', 'cib-local-fenced').stdout), 'fenced');
		t.notMatch(world.cluster.xml(), /<lrm id="2">|<transient_attributes id="2">/u, 'fencing wipes what was recorded of it');
		await same('stonith-history-xml-fenced');
		await same('stonith-history-xml-bravo-fenced');
		await same('stonith-history-xml-alpha-fenced');
		return {};
	});
});

t.test('without a cluster every tool says so, as in Pacemaker 2.1.5', async () => {
	await twin('up', async hosts => {
		for (const host of Object.values(hosts.world.hosts)) {
			host.clustered = false;
		}
		const same = comparing(hosts, 'pacemaker-2.1.5');
		for (const what of [
			'cibadmin-query',
			'cibadmin-query-local',
			'cibadmin-create',
			'cibadmin-delete',
			'crm-node-name',
			'crm-node-list',
			'promotion-set',
			'promotion-delete',
			'promotion-query',
			'attribute-set',
			'stonith-history-xml',
		]) {
			await same(`down-${what}`);
		}
		return {};
	});
});
