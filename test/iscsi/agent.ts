import {chmodSync, existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import t, {type Test} from 'tap';
import {GUIDS, type LegHost, legHost, TARGET} from '../fake/leg-host.ts';

const both = [GUIDS.own, GUIDS.leg].sort().join(',');
const lease = (epoch: number, holder: string, current = both, behind = ''): string =>
	`epoch=${epoch} holder=${holder} pool=${GUIDS.pool} current=${current} behind=${behind}`;

async function on(t: Test, reachable: boolean, work: (here: LegHost) => Promise<void>): Promise<void> {
	const here = await legHost(t.testdir(), reachable);
	try {
		await work(here);
	} finally {
		here.close();
	}
}

t.test('a life: probe, start, monitor, stop', t =>
	on(t, true, async here => {
		const codes: string[] = [];
		for (const action of ['monitor', 'stop', 'start', 'start', 'monitor', 'validate-all', 'stop', 'stop', 'monitor']) {
			const {code, reason} = await here.act(action);
			codes.push(`${action} ${code}`);
			t.equal(reason, '', `${action} needs no excuse`);
			if (action === 'start') {
				t.match(here.lease(), / holder=alpha pool=\d+ current=\d+,\d+ behind=$/u, 'both halves are in reach');
			}
		}
		t.equal(codes.join(', '), 'monitor 7, stop 0, start 0, start 0, monitor 0, validate-all 0, stop 0, stop 0, monitor 7');
		t.equal(here.lease(), lease(2, ''), 'let go');
		t.ok(here.calls().includes('systemctl start twinpool-leg@tank.service'));
		t.ok(here.calls().includes('systemctl stop twinpool-leg@tank.service'));
		t.ok(existsSync(`${here.root}/dev/twinpool/tank`), 'the halves have names that are good on both hosts');
		t.same(readdirSync(`${here.root}/dev/twinpool/tank`).sort(), [GUIDS.own, GUIDS.leg].sort());
	}),
);

t.test('the other node is fenced: this half alone, and the other one is behind from now on', t =>
	on(t, false, async here => {
		here.lease(lease(7, 'bravo'));
		here.peer('fenced');
		const {code, stderr} = await here.act('start');
		t.equal(code, 0, stderr);
		t.match(here.lease(), new RegExp(`^epoch=8 holder=alpha pool=${GUIDS.pool} current=${GUIDS.own} behind=${GUIDS.leg}@\\d+$`, 'u'));
		t.match(stderr, /refuses the connection: no target listens there/u);
	}),
);

t.test('refused, with nothing changed here or there', async t => {
	const rows: [what: string, prepare: (here: LegHost) => void, reason: RegExp][] = [
		[
			'the holder is lost',
			here => {
				here.lease(lease(7, 'bravo'));
				here.peer('lost');
			},
			/bravo holds the lease of tank and is not known to be down: bravo is lost and was not fenced/u,
		],
		['the holder lives', here => void here.lease(lease(7, 'bravo')), /bravo is a member of the cluster/u],
		[
			'no quorum',
			here => {
				here.lease(lease(7, ''));
				here.peer('member', false);
			},
			/no lease for tank: this partition has no quorum/u,
		],
		['no cluster', here => here.put('/offline', ''), /no lease for tank: .*no cluster is running on this host/u],
		['a lease that is none', here => void here.lease('epoch=7'), /is no lease/u],
	];
	for (const [what, prepare, reason] of rows) {
		await on(t, true, async here => {
			prepare(here);
			const before = here.lease();
			const said = await here.act('start');
			t.equal(said.code, 1, what);
			t.match(said.reason, reason, what);
			t.equal(here.lease(), before, `${what}: the lease stays`);
			t.same(
				here.calls().filter(call => /^(iscsiadm|systemctl|zpool)/u.test(call)),
				[],
				`${what}: nothing was touched`,
			);
		});
	}
});

// openzfs/zfs#14886: a mirror of a local disk and an iSCSI leg imported on both hosts at once, each with its own half, past multihost.
t.test('both nodes start at the same moment: the lease goes to one', async t => {
	for (const found of ['', lease(4, '')]) {
		await on(t, true, async here => {
			here.lease(found === '' ? undefined : found);
			const theirs = lease(found === '' ? 1 : 5, 'bravo');
			// The other one's change comes between our look and ours.
			here.tool('cibadmin.real', here.cibadmin);
			here.tool('cibadmin', `case $1 in -C|-M) printf '%s' '${theirs}' >$ROOT/lease ;; esac; exec $ROOT/bin/cibadmin.real "$@"`);
			const said = await here.act('start');
			t.equal(said.code, 1);
			t.match(said.reason, /the lease of tank cannot be taken/u);
			t.equal(here.lease(), theirs, 'the first one keeps it');
			t.notOk(existsSync(`${here.root}/run/twinpool/leg-tank.json`), 'nothing allows an import here');
			t.match(here.calls().at(-1), /iscsiadm .* --logout/u);
			t.notOk(here.calls().some(call => call.startsWith('systemctl start')));
		});
	}
});

t.test('a half that is behind', t =>
	on(t, false, async here => {
		const stale = lease(7, 'bravo', GUIDS.leg, `${GUIDS.own}@1`);
		here.lease(stale);
		here.peer('fenced');
		const refused = await here.act('start');
		t.equal(refused.code, 1);
		t.match(refused.reason, /this half of tank is behind: bring up bravo, or set override=7 to import it without/u);
		t.equal(here.lease(), stale);
		t.match(here.calls().at(-1), /iscsiadm .* --logout/u, 'what was begun is undone');
		const wrong = await here.act('start', {OCF_RESKEY_override: '6'});
		t.equal(wrong.code, 1, 'an override of another epoch is none');
		const told = await here.act('start', {OCF_RESKEY_override: '7'});
		t.equal(told.code, 0, told.stderr);
		t.match(here.lease(), new RegExp(`^epoch=8 holder=alpha pool=${GUIDS.pool} current=${GUIDS.own} behind=${GUIDS.leg}@`, 'u'));
	}),
);

t.test('parameters', async t => {
	const rows: [env: Record<string, string>, code: number, reason: RegExp][] = [
		[{OCF_RESKEY_portal: ''}, 6, /parameter portal is required/u],
		[{OCF_RESKEY_portal: '10.0.0.1; reboot'}, 6, /parameter portal: expected an address or two/u],
		[{OCF_RESKEY_portal: '203.0.113.1 203.0.113.2'}, 6, /exactly one has to be an address of this host/u],
		[{OCF_RESKEY_target: 'bravo'}, 6, /parameter target: expected a target's name/u],
		[{OCF_RESKEY_target: `${TARGET} ${TARGET}2`}, 6, /one name for each or one for both/u],
		[{OCF_RESKEY_stall: 'long'}, 6, /parameter stall/u],
		[{OCF_RESKEY_override: '$(reboot)'}, 6, /parameter override/u],
		[{OCF_RESKEY_chap_username: 'leg'}, 6, /CHAP takes chap_username with chap_password_file/u],
		[{OCF_RESKEY_chap_username: 'leg', OCF_RESKEY_chap_password_file: '/etc/none'}, 5, /the CHAP secret \/etc\/none cannot be read/u],
	];
	await on(t, true, async here => {
		for (const [env, code, reason] of rows) {
			const said = await here.act('start', env);
			t.equal(said.code, code, JSON.stringify(env));
			t.match(said.reason, reason);
		}
		t.equal((await here.act('stop', {OCF_RESKEY_portal: ''})).code, 0, 'a stop of what was never named');
	});
});

t.test('secrets are in a file of root, and on no command line', t =>
	on(t, true, async here => {
		here.put('/etc/twinpool/leg-secret', 'a-very-long-secret\n');
		const env = {OCF_RESKEY_chap_username: 'leg', OCF_RESKEY_chap_password_file: '/etc/twinpool/leg-secret'};
		chmodSync(`${here.root}/etc/twinpool/leg-secret`, 0o644);
		const open = await here.act('start', env);
		t.equal(open.code, 5);
		t.match(open.reason, /can be read by others: chmod 600/u);
		chmodSync(`${here.root}/etc/twinpool/leg-secret`, 0o600);
		t.equal((await here.act('start', env)).code, 0);
		const folder = `${here.root}/etc/iscsi/nodes/${TARGET}`;
		const record = readFileSync(`${folder}/${readdirSync(folder)[0]}`, 'utf8');
		t.match(record, /authmethod = CHAP\n.*username = leg\n.*password = a-very-long-secret\n# END RECORD/u);
		t.notMatch(here.calls().join('\n'), /a-very-long-secret/u);
		t.notMatch(readFileSync(`${here.root}/run/twinpool/leg-tank.env`, 'utf8'), /a-very-long-secret/u);
	}),
);

t.test('a lost leg is let go only when everybody knows that it is behind', async t => {
	const cases: [what: string, prepare: (here: LegHost) => void, goes: boolean][] = [
		['the other node is a member and shows the lease', () => undefined, true],
		['it counts as a member, and does not answer any more', here => here.put('/silent', ''), false],
		['it is lost', here => here.peer('lost'), false],
		['it is fenced', here => here.peer('fenced'), true],
		['this partition has no quorum', here => here.peer('fenced', false), false],
		['no cluster runs here', here => here.put('/offline', ''), false],
	];
	t.jobs = cases.length;
	for (const [what, prepare, goes] of cases) {
		void t.test(what, t =>
			on(t, true, async here => {
				t.equal((await here.act('start')).code, 0);
				here.status('healthy');
				writeFileSync(`${here.root}/sys/class/iscsi_session/session1/state`, 'FAILED\n');
				prepare(here);
				here.put('/calls', '');
				t.equal(await here.keep(() => here.calls().some(call => call.endsWith('--logout')), goes ? 20 : 6), goes);
				if (goes) {
					const told = here.calls().find(call => /^cibadmin -M|--logout$/u.test(call)) ?? '';
					t.match(told, /^cibadmin/u, 'first the lease, then the logout');
					t.match(here.lease(), new RegExp(` current=${GUIDS.own} behind=${GUIDS.leg}@`, 'u'));
				}
			}),
		);
	}
});

t.test('the pool is not imported where nobody has the lease', t =>
	on(t, true, async here => {
		t.equal((await here.act('monitor')).code, 7, 'the probe leaves a mark');
		t.ok(existsSync(`${here.root}/var/lib/twinpool/leased-tank`));
	}),
);
