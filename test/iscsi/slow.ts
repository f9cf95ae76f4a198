// A start on a host whose own disk gives no answer at first, or none at all; and beside a host that died.
import t, {type Test} from 'tap';
import {GUIDS, type LegHost, legHost, TARGET} from '../fake/leg-host.ts';

const STATE = '/sys/class/block/vdb1/device/state';

async function on(t: Test, work: (here: LegHost) => Promise<void>): Promise<void> {
	const here = await legHost(t.testdir(), true);
	here.put(STATE, 'blocked\n');
	try {
		await work(here);
	} finally {
		here.close();
	}
}

t.test('it is asked once more', t =>
	on(t, async here => {
		here.tool('iscsiadm', `${here.iscsiadm}\ncase "$*" in *--login*) (sleep 0.4; echo running >$ROOT${STATE}) & ;; esac`);
		const {code, reason} = await here.act('start');
		t.equal(code, 0, reason);
		t.match(here.lease(), / holder=alpha pool=\d+ current=\d+,\d+ behind=$/u);
	}),
);

t.test('and named', t =>
	on(t, async here => {
		const {code, reason, stderr} = await here.act('start');
		t.equal(code, 1);
		t.match(reason, /bring up all halves/u);
		t.match(stderr, /\/dev\/vdb1 is blocked/u);
	}),
);

t.test('what a host that died had under way with this half is not waited for, and neither are its names', async t => {
	const here = await legHost(t.testdir(), false);
	try {
		const row = (local: string, remote: string): string =>
			`   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n`;
		const rows = [row('0100007F:0CBC', '076433C6:9C40'), row('0100007F:0016', '076433C6:9C41')];
		here.put('/proc/net/tcp', `  sl  local_address rem_address   st\n${rows.join('')}`);
		here.tool('ss', ':');
		here.lease(`epoch=7 holder=bravo pool=${GUIDS.pool} current=${[GUIDS.own, GUIDS.leg].sort().join(',')} behind=`);
		here.peer('fenced');
		const env = {OCF_RESKEY_portal: '127.0.0.1 198.51.100.7', OCF_RESKEY_target: `${TARGET}a ${TARGET}`};
		const {code, stderr} = await here.act('start', env);
		t.equal(code, 0, stderr);
		const calls = here.calls();
		t.same(
			calls.filter(call => call.startsWith('ss')),
			['ss -HKtn dst 198.51.100.7 and ( sport = :3260 or dport = :3260 )'],
		);
		t.match(JSON.parse(here.read('/run/twinpool/leg-tank.json')), {from: 'bravo'}, 'the import may know whose lease it was');
		const looks = calls.flatMap(call => /^cibadmin (-[MQ])/u.exec(call)?.[1] ?? []);
		t.same(looks, ['-Q', '-M', '-Q'], 'who is down and what the lease is: one look; and one when it was written');
		t.equal(here.alias(GUIDS.own), '/dev/vdb1');
		t.equal(here.alias(GUIDS.leg), '/dev/null', 'ZFS is not to wait for a name that is gone');
		await here.act('stop', env);
		here.put('/calls', '');
		here.peer('member');
		await here.act('start', env);
		t.notOk(
			here.calls().some(call => call.startsWith('ss')),
			'of a host that is up other pools may have sessions with this one',
		);
	} finally {
		here.close();
	}
});
