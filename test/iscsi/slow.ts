// A start on a host whose own disk gives no answer at first, or none at all.
import t, {type Test} from 'tap';
import {type LegHost, legHost} from '../fake/leg-host.ts';

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
