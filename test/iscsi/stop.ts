// The end of a leg, and what a start may leave out: the agent as built, on a host that this test plays.
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import t, {type Test} from 'tap';
import {GUIDS, type LegHost, legHost} from '../fake/leg-host.ts';

const lacking = new RegExp(` current=${GUIDS.own} behind=${GUIDS.leg}@\\d+$`, 'u');
const note = '/run/twinpool/leg-tank.json';

async function on(t: Test, work: (here: LegHost) => Promise<void>, reachable = true): Promise<void> {
	const here = await legHost(t.testdir(), reachable);
	try {
		await work(here);
	} finally {
		here.close();
	}
}
const started = async (t: Test, here: LegHost): Promise<void> => {
	t.equal((await here.act('start')).code, 0);
	here.put('/calls', '');
};

t.test('the pool is still imported: it goes on without the leg once the cluster knows', async t => {
	await on(t, async here => {
		await started(t, here);
		here.status('healthy');
		t.equal((await here.act('stop')).code, 0);
		t.match(here.lease(), / holder=alpha /u, 'it still has the pool');
		t.match(here.lease(), lacking);
		t.ok(here.calls().findIndex(call => call.startsWith('cibadmin -M')) < here.calls().findIndex(call => call.endsWith('--logout')));
	});
	await on(t, async here => {
		await started(t, here);
		here.status('healthy');
		here.peer('lost');
		const said = await here.act('stop');
		t.equal(said.code, 1);
		t.match(said.reason, /still imported here, cannot be let go: writes wait: bravo is lost/u);
		t.notOk(here.calls().some(call => call.endsWith('--logout')));
	});
});

t.test('what fails at the end fails no stop', async t => {
	const cases: [what: string, tool: string, script: string][] = [
		['the logout', 'iscsiadm', 'exit 8'],
		['systemctl', 'systemctl', 'exit 1'],
		['the cluster', 'cibadmin', 'exit 102'],
	];
	for (const [what, tool, script] of cases) {
		await on(t, async here => {
			await started(t, here);
			here.tool(tool, script);
			const {code, stderr} = await here.act('stop', {OCF_RESKEY_CRM_meta_timeout: '8000'});
			t.equal(code, 0, `${what}: ${stderr}`);
			t.notOk(existsSync(`${here.root}${note}`));
		});
	}
});

t.test('a lease that could not be let go, by the next stop', t =>
	on(t, async here => {
		await started(t, here);
		here.put('/offline', '');
		t.equal((await here.act('stop', {OCF_RESKEY_CRM_meta_timeout: '6000'})).code, 0);
		t.match(here.lease(), / holder=alpha /u);
		rmSync(`${here.root}/offline`);
		t.equal((await here.act('stop')).code, 0);
		t.match(here.lease(), / holder= .*behind=/u, 'although nothing remembers it here');
	}),
);

t.test('a half that somebody logged out before the export is not called complete', t =>
	on(t, async here => {
		await started(t, here);
		rmSync(`${here.root}/sys/class/iscsi_session`, {recursive: true});
		t.equal((await here.act('stop')).code, 0);
		t.match(here.lease(), / holder= /u);
		t.match(here.lease(), lacking);
	}),
);

t.test('a half is left out only when every member knows', async t => {
	const held = `epoch=3 holder= pool=${GUIDS.pool} current=${[GUIDS.own, GUIDS.leg].sort().join(',')} behind=`;
	const cases: [what: string, prepare: (here: LegHost) => void, reason: RegExp][] = [
		['a member does not show the lease', here => here.put('/silent', ''), /writes wait: bravo does not show the lease/u],
		['the other one is lost', here => here.peer('lost'), /writes wait: bravo is lost and not fenced/u],
		[
			'it is gone again before it was asked for: the copy of a node won that is down now',
			here => {
				here.tool('cibadmin.real', here.cibadmin);
				here.put('/won', held);
				here.tool('cibadmin', '$ROOT/bin/cibadmin.real "$@" || exit $?; case "$1" in -M) cp $ROOT/won $ROOT/lease ;; esac');
				here.peer('fenced');
			},
			/writes wait: the lease of tank was changed meanwhile/u,
		],
	];
	for (const [what, prepare, reason] of cases) {
		await on(
			t,
			async here => {
				here.lease(held);
				prepare(here);
				const said = await here.act('start');
				t.equal(said.code, 1, what);
				t.match(said.reason, reason);
				t.notOk(existsSync(`${here.root}${note}`), 'nothing allows an import');
			},
			false,
		);
	}
});

t.test('a lease that was deleted by crm_attribute leaves its set behind', t =>
	on(t, async here => {
		here.tool('cibadmin.real', here.cibadmin);
		here.tool('cibadmin', 'case $1 in -C) exit 108 ;; *) exec $ROOT/bin/cibadmin.real "$@" ;; esac');
		t.equal((await here.act('start')).code, 0);
		t.match(here.lease(), /^epoch=1 holder=alpha /u);
		t.ok(here.calls().some(call => call.includes('[@id="twinpool-lease-tank" and not(*)]')));
	}),
);

t.test('a pool that is imported already is kept on with its lease, and refused without one', t =>
	on(t, async here => {
		here.status('healthy');
		const refused = await here.act('start');
		t.equal(refused.code, 1);
		t.match(refused.reason, /imported here without its lease: export it/u);
		rmSync(`${here.root}/proc/spl`, {recursive: true});
		await started(t, here);
		here.status('healthy');
		const before = readFileSync(`${here.root}${note}`, 'utf8');
		t.equal((await here.act('start')).code, 0);
		t.equal(readFileSync(`${here.root}${note}`, 'utf8'), before);
		t.same(
			here.calls().filter(call => /^(iscsiadm|cibadmin)/u.test(call)),
			[],
			'nothing is done to it',
		);
		writeFileSync(`${here.root}/proc/spl/kstat/zfs/tank/state`, 'ONLINE\n');
	}),
);

t.test('a leg whose disk hangs: the start goes on without it when its session is over, not before', t =>
	on(t, async here => {
		here.tool('iscsiadm.real', here.iscsiadm);
		// Of an earlier life.
		here.put(`/dev/twinpool/tank/${GUIDS.leg}`, '');
		// A login that shows no disk, and a session that is not ended at the first two tries.
		here.tool(
			'iscsiadm',
			`case "$*" in *--login*) $ROOT/bin/iscsiadm.real "$@"; rm -rf $ROOT/sys/class/iscsi_session/session*/device/target* ;;
*--logout*) n=$(($(cat $ROOT/tries 2>/dev/null || echo 0) + 1)); echo $n >$ROOT/tries; [ $n -gt 2 ] || exit 32; $ROOT/bin/iscsiadm.real "$@" ;;
*) $ROOT/bin/iscsiadm.real "$@" ;; esac`,
		);
		const {code, stderr} = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '40000', OCF_RESKEY_override: '0'});
		t.equal(code, 0, stderr);
		t.match(stderr, /has no disk here: the target does not offer it to this host/u);
		t.match(here.lease(), lacking);
		t.equal(here.alias(GUIDS.leg), '/dev/null', 'nothing leads to what was not compared');
		t.equal(here.read('/tries').trim(), '3');
	}),
);
