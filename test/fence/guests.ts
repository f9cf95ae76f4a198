// fence-peer with --guests: what of the peer's is destroyed, and when this node goes on.
import {chmodSync} from 'node:fs';
import t, {type Test} from 'tap';
import {cib, constraintFor} from '../fake/captured.ts';
import {type Libvirt, libvirt} from '../fake/libvirtd.ts';
import {APART, ENV_84, proc} from '../fake/stage.ts';

const HANDLER = new URL('../../dist/root/usr/lib/drbd/twinpool-fence-peer', import.meta.url).pathname;
const URI = 'qemu:///system';
t.setTimeout(120_000);

interface Host extends Libvirt {
	fence(...argv: string[]): Promise<{code: number | null; trace: Record<string, unknown>}>;
}

type State = 'member' | 'fenced' | 'lost' | 'down';

/** alpha, Primary and cut off from bravo, which the cluster shows in this state; one guest on the resource, one beside it. */
function host(t: Test, bravo: State, later: State = bravo): Host {
	const here = libvirt(t);
	here.put('/proc/drbd', proc(APART, APART));
	here.put('/cib1.xml', cib({bravo}));
	here.put('/cib2.xml', cib({bravo: later}));
	here.put('/cib1-placed.xml', cib({bravo, constraint: constraintFor('alpha')}));
	here.put('/cib2-placed.xml', cib({bravo: later, constraint: constraintFor('alpha')}));
	const tools = {
		// The later state is seen when libvirt was asked, the constraint when it was placed.
		cibadmin: `echo "cibadmin $1" >>${here.root}/calls
[ $1 = -Q ] || { echo "$5" | sed -n 's/.*expr-vmstore-clone\\(\\.[0-9a-z-]*\\)".*/\\1/p' >${here.root}/mark; exit 0; }
c=$(cat ${here.root}/calls); n=1; p=
case $c in *virsh*) n=2;; esac; case $c in *"cibadmin -C"*) p=-placed;; esac
[ -f ${here.root}/mark ] && read -r m <${here.root}/mark; exec sed "s/expr-vmstore-clone\\"/expr-vmstore-clone$m\\"/" ${here.root}/cib$n$p.xml`,
		crmadmin: 'echo "Controller on bravo in state S_NOT_DC: ok"',
	};
	for (const [name, text] of Object.entries(tools)) {
		here.put(`/bin/${name}`, `#!/bin/sh\n${text}\n`);
		chmodSync(`${here.root}/bin/${name}`, 0o755);
	}
	here.guest(1, 'web', '/dev/drbd0', {on: true});
	here.guest(2, 'bystander', '/srv/x.img', {on: true});
	return {
		...here,
		async fence(...argv) {
			const {code, stdout, stderr} = await here.program(HANDLER, argv, ENV_84);
			const line = (stdout + stderr).split('\n').find(text => text.includes('{"event"')) ?? '{}';
			return {code, trace: JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>};
		},
	};
}
const off = (here: Host): boolean[] => [1, 2].map(number => here.state(number).startsWith('5'));

t.test('a peer that is up: answered when its guests on this storage are gone', async t => {
	const here = host(t, 'member');
	t.match(await here.fence('--guests', URI), {
		code: 4,
		trace: {code: 4, why: /its guests on this storage are gone/u, guests: {uri: URI, ok: true, fates: [{name: 'web', gone: true}]}},
	});
	t.same(off(here), [true, false], 'nobody else');
	const calls = here.calls();
	t.ok(calls.indexOf('cibadmin -C') < calls.findIndex(call => call.startsWith('virsh')), 'after it can no longer be promoted');
});

t.test('not asked: no guest is touched', async t => {
	const here = host(t, 'member');
	t.match(await here.fence(), {code: 4});
	t.same(off(here), [false, false]);
});

t.test('a peer that is down for sure, or a verdict of no: libvirt is not asked', async t => {
	const fenced = host(t, 'fenced');
	t.match(await fenced.fence('--guests', URI), {code: 7});
	const lost = host(t, 'lost');
	t.match(await lost.fence('--guests', URI, '--timeout', '1'), {code: 1});
	for (const here of [fenced, lost]) {
		t.notOk(here.calls().some(call => call.startsWith('virsh')));
	}
});

t.test('a libvirt that does not answer: no answer, until the peer is down', async t => {
	const here = host(t, 'member');
	t.match(await here.fence('--guests', 'qemu+ssh://bravo/system', '--timeout', '2'), {
		code: 1,
		trace: {why: /not proved gone: .*qemu\+ssh:\/\/bravo\/system/u},
	});
	const fenced = host(t, 'member', 'fenced');
	t.match(await fenced.fence('--guests', 'qemu+ssh://bravo/system', '--timeout', '30'), {code: 4, trace: {why: /meanwhile it is down/u}});
});

t.test('a peer that left in good order: its guests cannot use the storage, unless DRBD was still promoted there', async t => {
	const left = host(t, 'member', 'down');
	t.match(await left.fence('--guests', 'qemu+ssh://bravo/system', '--timeout', '30'), {code: 4});
	const promoted = host(t, 'member', 'down');
	promoted.put(
		'/cib2-placed.xml',
		cib({bravo: 'down', constraint: constraintFor('alpha')}).replace(
			/(<node_state id="2"[\s\S]*?<lrm_resource id="vmstore"[^>]*>)/u,
			'$1<lrm_rsc_op operation="promote" call-id="9999" rc-code="0"/>',
		),
	);
	t.match(await promoted.fence('--guests', 'qemu+ssh://bravo/system', '--timeout', '2'), {code: 1, trace: {why: /not proved gone/u}});
});

t.test('a pool of which nobody knows where it lies: named, or no answer', async t => {
	const here = host(t, 'member');
	here.put('/proc/spl/kstat/zfs/other/state', 'ONLINE\n');
	t.match(await here.fence('--guests', URI, '--timeout', '10'), {code: 1, trace: {why: /nobody knows on which devices other lies/u}});
	t.match(await here.fence('--guests', URI, '--pool', 'tank'), {code: 4});
});

t.test('--dry-run destroys nothing', async t => {
	const here = host(t, 'member');
	t.match(await here.fence('--guests', URI, '--dry-run'), {
		trace: {notes: [/^would run/u, `would destroy the guests on this storage at ${URI}`]},
	});
	t.same(off(here), [false, false]);
});
