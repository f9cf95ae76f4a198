// What configure runs for --apply: on empty disks, again, and where something fails.
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import t, {type Test} from 'tap';
import {parseTopology} from '../../lib/topology/parse.ts';
import {render} from '../../lib/topology/render.ts';

/** Built: what it starts writes where this process does. */
const TWINPOOL = new URL('../../dist/root/usr/bin/twinpool', import.meta.url).pathname;

const FILE = 'examples/topology-drbd.yaml';

/** A node whose tools note how they were called; `drbdadm` and `zpool` answer as on empty disks, until the pool is made. */
function bare(
	t: Test,
	name: 'alpha' | 'bravo',
): {apply(): ReturnType<typeof spawnSync>; calls(): string[]; tool(name: string, does: string): void} {
	const root = t.testdir();
	const tool = (file: string, does: string): void => {
		mkdirSync(`${root}/bin`, {recursive: true});
		writeFileSync(`${root}/bin/${file}`, `#!/bin/sh\necho "${file} $*" >>${root}/calls\n${does.replaceAll('$ROOT', root)}\n`);
		chmodSync(`${root}/bin/${file}`, 0o755);
	};
	for (const file of ['systemctl', 'zgenhostid', 'virsh', 'crm_resource']) {
		tool(file, ':');
	}
	tool('cibadmin', 'test -e $ROOT/configured');
	tool('crm', 'touch $ROOT/configured');
	tool('crm_mon', `case "$*" in *--as-xml*) printf '<node name="a" online="true"/>\\n<node name="b" online="true"/>\\n' ;; esac`);
	tool(
		'drbdadm',
		`case "$1" in
role) test -e $ROOT/up ;;
dump-md) exit 1 ;;
up) touch $ROOT/up ;;
cstate) echo Connected ;;
dstate) echo Inconsistent/Inconsistent ;;
esac`,
	);
	tool('zpool', `case "$1" in list) test -e $ROOT/pool ;; import) exit 1 ;; create) touch $ROOT/pool ;; export) rm $ROOT/pool ;; esac`);
	return {
		tool,
		calls: () =>
			readFileSync(`${root}/calls`, 'utf8')
				.split('\n')
				.filter(call => /create|up |clear-bitmap|primary|export|secondary|enable| load |pool-define/u.test(call)),
		apply: () =>
			spawnSync(process.execPath, [TWINPOOL, 'configure', FILE, '--apply', '--node', name], {
				encoding: 'utf8',
				env: {PATH: `${root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: root},
			}),
	};
}

t.test('applied: the storage is made on one node, and the cluster gets its configuration once', t => {
	const alpha = bare(t, 'alpha');
	const first = alpha.apply();
	t.equal(first.status, 0, `${first.stdout}${first.stderr}`);
	t.match(alpha.calls(), [
		'drbdadm create-md vmstore',
		'drbdadm up vmstore',
		'drbdadm -- --clear-bitmap new-current-uuid vmstore',
		'drbdadm primary vmstore',
		'zpool create -o cachefile=none tank /dev/drbd0',
		'zpool export tank',
		'drbdadm secondary vmstore',
		'systemctl enable --now corosync.service pacemaker.service',
		'crm configure load update /etc/twinpool/cluster.crm',
	]);
	const before = alpha.calls().length;
	const again = alpha.apply();
	t.match(again.stdout, /alpha: nothing to change\n== the cluster has its configuration already: nothing is done\n$/u);
	t.equal(again.status, 0);
	t.equal(alpha.calls().length, before, 'nothing was done the second time');
	t.end();
});

t.test('applied: the other node makes no storage, and waits for the configuration', t => {
	const bravo = bare(t, 'bravo');
	bravo.tool('sleep', 'touch $ROOT/configured');
	const {status, stdout} = bravo.apply();
	t.equal(status, 0);
	t.match(stdout, /[=]= waiting for the cluster's configuration, from the other node\n/u);
	t.strictSame(bravo.calls(), [
		'drbdadm create-md vmstore',
		'drbdadm up vmstore',
		'systemctl enable --now corosync.service pacemaker.service',
	]);
	t.end();
});

t.test('applied: what fails ends it there, and the next run goes on from there', t => {
	const alpha = bare(t, 'alpha');
	alpha.tool('zpool', 'case "$1" in create) echo "/dev/drbd0 is part of exported pool" >&2; exit 1 ;; *) exit 1 ;; esac');
	const {status, stderr} = alpha.apply();
	t.equal(status, 1);
	t.match(stderr, /part of exported pool\ntwinpool configure: \/etc\/twinpool\/setup.sh did not come to its end/u);
	t.notMatch(alpha.calls().join('\n'), /enable| load /u);
	alpha.tool(
		'zpool',
		'case "$1" in list) test -e $ROOT/pool ;; import) exit 1 ;; create) touch $ROOT/pool ;; export) rm $ROOT/pool ;; esac',
	);
	t.equal(alpha.apply().status, 0);
	t.equal(alpha.calls().filter(call => call === 'drbdadm create-md vmstore').length, 1, 'metadata is made once');
	t.end();
});

t.test('the scripts are shell', t => {
	for (const kind of ['drbd', 'iscsi', 'gluster']) {
		const {topology} = parseTopology(readFileSync(`examples/topology-${kind}.yaml`, 'utf8'), 'f');
		for (const node of topology?.nodes ?? []) {
			const text = (topology && render(topology, node)?.find(({path}) => path.endsWith('setup.sh'))?.text) ?? '';
			t.match(text, /^#!\/bin\/sh\n/u);
			t.equal(spawnSync('sh', ['-n'], {input: text, encoding: 'utf8'}).stderr, '', `${kind}, ${node.name}`);
		}
	}
	t.end();
});

/** A script for pcs: the CIB is only in a folder of its own, and gone afterwards. */
function alone(t: Test, script: string | undefined): void {
	const root = t.testdir();
	mkdirSync(`${root}/bin`);
	mkdirSync(`${root}/tmp`);
	writeFileSync(
		`${root}/bin/pcs`,
		`#!/bin/sh\necho "$*" >>${root}/calls\ncase "$1 $2" in 'cluster cib') echo '<cib/>' >"$3"; stat -c '%a %n' "\${3%/*}" "$3" >>${root}/seen ;; esac\n`,
	);
	chmodSync(`${root}/bin/pcs`, 0o755);
	const {status, stderr} = spawnSync('sh', ['-s'], {
		input: script,
		encoding: 'utf8',
		env: {PATH: `${root}/bin:/usr/bin:/bin`, TMPDIR: `${root}/tmp`},
	});
	t.equal(status, 0, stderr);
	const [folder = '', file = ''] = readFileSync(`${root}/seen`, 'utf8').split('\n');
	t.match(folder, new RegExp(`^700 ${root}/tmp/[^/]+$`, 'u'), 'nobody else looks into it');
	t.ok(file.includes(`${folder.slice(4)}/`));
	const calls = readFileSync(`${root}/calls`, 'utf8').trim().split('\n');
	t.ok(calls.length > 5);
	t.same(
		calls.filter(call => !call.includes(`${folder.slice(4)}/`)),
		[],
		'each of them on that copy, and on the cluster at the end',
	);
	t.match(calls.at(-1), /^cluster cib-push \S+\/new diff-against=\S+\/now$/u);
	t.same(readdirSync(`${root}/tmp`), []);
	t.end();
}

t.test('the script for pcs keeps the CIB to itself', t => {
	const {topology} = parseTopology(readFileSync(FILE, 'utf8'), FILE);
	const [node] = topology?.nodes ?? [];
	const script = topology && node ? render(topology, node).find(({path}) => path.endsWith('.pcs'))?.text : undefined;
	alone(t, script);
});
t.test('the example for pcs, too', t => alone(t, readFileSync('examples/cluster.pcs', 'utf8')));
