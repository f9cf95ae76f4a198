// What a topology becomes, what is refused in one, and what is written to a host.
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import {printed} from '../../lib/cli/configure.ts';
import {main} from '../../lib/cli/main.ts';
import {parseTopology} from '../../lib/topology/parse.ts';
import {render} from '../../lib/topology/render.ts';
import type {Topology} from '../../lib/topology/schema.ts';
import {timing} from '../../lib/topology/timing.ts';
import {golden} from '../golden.ts';

const example = (kind: string): string => readFileSync(`examples/topology-${kind}.yaml`, 'utf8');
const DRBD = example('drbd');

function topologyOf(text: string): Topology {
	const {topology, problems} = parseTopology(text, 'f');
	if (!topology) {
		throw new Error(problems.join('\n'));
	}
	return topology;
}

/** What a run prints, with its exit code, on a host below a folder. */
async function run(root: string, ...argv: string[]): Promise<{code: number; out: string; err: string}> {
	const was = {out: process.stdout.write, err: process.stderr.write, root: process.env['TWINPOOL_ROOT']};
	const said = {out: '', err: ''};
	const into =
		(name: 'out' | 'err') =>
		(text: unknown): boolean => {
			said[name] += String(text);
			return true;
		};
	process.env['TWINPOOL_ROOT'] = root;
	process.stdout.write = into('out');
	process.stderr.write = into('err');
	try {
		return {code: await main(['configure', ...argv]), ...said};
	} finally {
		process.stdout.write = was.out;
		process.stderr.write = was.err;
		process.env['TWINPOOL_ROOT'] = was.root ?? '';
	}
}

const folder = mkdtempSync(join(tmpdir(), 'twinpool-'));
t.teardown(() => rmSync(folder, {recursive: true}));
const FILE = 'examples/topology-drbd.yaml';

t.test('the examples become what they became before', async t => {
	for (const kind of ['drbd', 'iscsi', 'gluster']) {
		const topology = topologyOf(example(kind));
		golden(t, `topology-${kind}.txt`, topology.nodes.map(node => printed(topology, node)).join(''));
	}
	const eight = topologyOf(DRBD.replace('kind: drbd', 'kind: drbd\n  version: 8'));
	const [node] = eight.nodes;
	const resource = node && render(eight, node).find(({path}) => path.endsWith('.res'))?.text;
	t.notMatch(resource, /auto-promote|node-id/u, '8.4 refuses what only 9 knows');
	t.match(resource, /disk \{\n\t\tfencing resource-and-stonith;/u);
});

t.test('of two nodes that do the same one shoots first, too', t => {
	const texts = (text: string): string[] => topologyOf(text).nodes.map(node => printed(topologyOf(text), node));
	const [one = '', two = ''] = texts(example('gluster').replace('guests: {}\n', ''));
	for (const text of [one, two]) {
		t.match(text, /params .*pcmk_host_list=alpha pcmk_delay_base=20s/u);
		t.notMatch(text, /pcmk_host_list=bravo pcmk_delay|priority-fencing-delay/u, 'once, and not both ways');
	}
	t.notMatch(texts(example('gluster')).join(''), 'pcmk_delay_base', 'with guests the node that has them is worth more');
	t.end();
});

t.test('every timeout is longer than what it waits for', async t => {
	const asked = fc.record({
		stall: fc.integer({min: 5, max: 120}),
		fencing: fc.integer({min: 5, max: 600}),
		head_start: fc.integer({min: 10, max: 120}),
	});
	fc.assert(
		fc.property(asked, given => {
			const {stall, monitor, stonith, fencePeer, promote, start, ping} = timing({timing: given});
			const rising = [stall, monitor, stonith, fencePeer, promote, start];
			const delayed = stonith >= given.head_start + given.fencing && ping > stonith;
			return delayed && rising.every((one, index) => index === 0 || one > (rising[index - 1] ?? 0));
		}),
	);
	const slow = topologyOf(`${DRBD}timing: {fencing: 100}\n`);
	t.match(
		slow.nodes.map(node => printed(slow, node)).join(''),
		/twinpool-fence-peer --timeout 150"/u,
		'the handler is told when it has to wait longer than by itself',
	);
});

t.test('what is wrong is named with its line, its key, and what would be right', async t => {
	const wrong: readonly (readonly [from: string | RegExp, to: string, says: RegExp])[] = [
		['cluster: twinpool', 'cluster: [', /^f:\d+: expected YAML: /u],
		['  kind: drbd', '  kind: ceph', /^f:\d+: storage\.kind: expected kind: one of drbd, iscsi-mirror, gluster$/u],
		['  pool: tank', '  pool: tank\n  colour: red', /^f:\d+: storage\.colour: is no key that is known here/u],
		['  pool: tank', '  pool: "tank;reboot"', /^f:\d+: storage\.pool: expected the name of a ZFS pool/u],
		['name: bravo', 'name: alpha', /^f:\d+: nodes\.1\.name: expected another name/u],
		['name: bravo', 'name: $(reboot)', /^f:\d+: nodes\.1\.name: expected a host name/u],
		['cluster: 10.77.1.2', 'cluster: 10.77.2.1', /^f:\d+: nodes\.1\.cluster: expected an address that is used nowhere else$/u],
		['cluster: 10.77.1.2', 'cluster: 10.77.1.256', /^f:\d+: nodes\.1\.cluster: expected an IPv4 address/u],
		[/ {4}fence:\n.*\n.*plug: bravo\}\n/u, '', /^f:\d+: nodes\.1\.fence: expected a mapping with agent, parameters$/u],
		['plug: bravo', 'password: x', /^f:\d+: nodes\.1\.fence\.parameters\.password: expected a file instead of a secret/u],
		['plug: bravo', `plug: "b'; reboot"`, /^f:\d+: nodes\.1\.fence\.parameters\.plug: expected a number, true or false, or a word/u],
		[/ {4}disk: .*\n/u, '', /^f:\d+: nodes\.0\.disk: expected the block device for drbd/u],
		['/dev/disk/by-id/OWN-DISK', '/dev/../etc', /^f:\d+: nodes\.0\.disk: expected the absolute path/u],
	];
	for (const [from, to, says] of wrong) {
		const text = DRBD.replace(from, to);
		t.not(text, DRBD, `${from} is in the example`);
		const {problems = []} = parseTopology(text, 'f');
		t.ok(
			problems.some(problem => says.test(problem)),
			`${to}: ${problems.join(' | ')}`,
		);
	}
	const line = DRBD.split('\n').findIndex(one => one.includes('pool: tank')) + 2;
	const [first = ''] = parseTopology(DRBD.replace('  pool: tank', '  pool: tank\n  colour: red'), 'f').problems ?? [];
	t.match(first, new RegExp(`^f:${line}: `, 'u'), 'the line is that of the key');
	t.ok(parseTopology('', 'f').problems, 'an empty file');
	t.match(parseTopology('cluster: *none', 'f').problems?.[0], /^f:1: /u, 'an alias of nothing');
	t.match(await run(folder, join(folder, 'none.yaml'), '--check'), {
		code: 2,
		err: /none\.yaml: expected a topology file that can be read/u,
	});
	writeFileSync(join(folder, 'bad.yaml'), DRBD.replace('kind: drbd', 'kind: ceph'));
	t.match(await run(folder, join(folder, 'bad.yaml')), {code: 2, out: '', err: /^\S+bad\.yaml:\d+: storage\.kind: /u});
	t.match(await run(folder, FILE, '--check', '--write'), {code: 2}, 'one thing at a time');
	t.match(await run(folder, FILE, '--check', '--node', 'charlie'), {code: 2, err: /charlie is none of the nodes \(alpha, bravo\)/u});
});

t.test('a host: nothing is overwritten without a word, and the second time nothing is done', async t => {
	const root = join(folder, 'host');
	const conf = join(root, 'etc/corosync/corosync.conf');
	mkdirSync(dirname(conf), {recursive: true});
	writeFileSync(conf, 'somebody else wrote this\n');
	const before = await run(root, FILE, '--check', '--node', 'alpha');
	t.match(before, {code: 1, out: /^-somebody else wrote this$/mu});
	t.match(before.out, /^--- \/dev\/null\n\+\+\+ \/etc\/drbd\.d\/vmstore\.res$/mu);
	const wrote = await run(root, FILE, '--write', '--node', 'alpha');
	t.match(wrote, {code: 0, out: /^changed .*corosync\.conf, which is kept as .*corosync\.conf\.twinpool-old$/mu});
	t.equal(readFileSync(`${conf}.twinpool-old`, 'utf8'), 'somebody else wrote this\n');
	t.equal(statSync(join(root, 'etc/twinpool/cluster.crm')).mode & 0o777, 0o600);
	t.match(await run(root, FILE, '--check', '--node', 'alpha'), {code: 0, out: /^$/u});
	t.match(await run(root, FILE, '--write', '--node', 'alpha'), {code: 0, out: /^alpha: nothing to change$/mu});
	writeFileSync(conf, 'and again\n');
	t.match(await run(root, FILE, '--write', '--node', 'alpha'), {code: 0, out: /^changed .*kept as .*\.twinpool-old\.2$/mu});
	t.equal(readFileSync(`${conf}.twinpool-old`, 'utf8'), 'somebody else wrote this\n', 'what is kept stays');
	t.match(await run(root, FILE, '--check', '--node', 'bravo'), {code: 1}, 'the other node is another one');
	t.match(await run('', FILE, '--output', join(folder, 'trees')), {code: 0, out: /bravo\/etc\/drbd\.d\/vmstore\.res$/mu});
});
