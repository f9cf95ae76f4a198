// The end of a replicated volume on one host: who has the say after it, and what runs on.
import {mkdirSync, symlinkSync} from 'node:fs';
import t from 'tap';
import type {GlusterHost} from '../fake/gluster-host.ts';
import {BEHIND, BOTH, mounted, on, started} from '../fake/gluster-life.ts';

t.jobs = 4;

t.test('a life: probe, start, monitor, stop, and the other node has the say', t =>
	on(t, async here => {
		t.equal((await here.act('monitor')).code, 7);
		await started(t, here);
		t.ok(mounted(here));
		t.equal((await here.act('monitor')).code, 0);
		t.same(here.calls(), [], 'a monitor starts no program');
		const other = here.foreign();
		const {code, stderr} = await here.act('stop');
		t.equal(code, 0, stderr);
		t.notOk(mounted(here));
		t.equal(here.brick, undefined);
		t.equal(other.exitCode ?? other.signalCode, null, "another volume's brick runs on");
		t.match(here.lease(), /^epoch=2 holder= .* current=bravo behind=alpha@\d+$/u);
		const calls = here.calls();
		const at = (what: RegExp): number => calls.findIndex(call => what.test(call));
		t.ok(at(/^umount/u) < at(/^systemctl stop twinpool-gluster@vm/u), calls.join('\n'));
		const [told, shown, one] = [at(/^cibadmin -M/u), at(/^cibadmin -Q --node bravo/u), at(/quorum-count 1/u)];
		t.ok(told < shown && shown < one, calls.join('\n'));
		t.notOk(
			calls.some(call => call.includes('glusterd.service')),
			'which this agent did not start',
		);
		t.equal((await here.act('monitor')).code, 7);
		t.equal((await here.act('stop')).code, 0, 'twice');
	}),
);

const count = (here: GlusterHost): string | undefined => /quorum-count=(\d)/u.exec(here.read('/var/lib/glusterd/vols/vm/info'))?.[1];

t.test('one copy is not enough where the other node does not show that it has the say', t =>
	on(t, async here => {
		await started(t, here);
		here.put('/silent', '');
		t.equal((await here.act('stop')).code, 0);
		t.equal(count(here), '2');
		t.equal(here.brick, undefined);
	}),
);

t.test('the last copy keeps the say', t =>
	on(t, async here => {
		await started(t, here);
		here.lease(BEHIND.replace('holder=bravo', 'holder=alpha').replace('current=bravo behind=alpha', 'current=alpha behind=bravo'));
		t.match(await here.act('stop'), {code: 0, reason: ''});
		t.match(here.lease(), / current=alpha behind=bravo@/u);
		t.notOk(here.calls().some(call => /volume set/u.test(call)));
	}),
);

t.test('a peer that does not answer is not given the say', t =>
	on(t, async here => {
		await started(t, here);
		await here.peer(false);
		t.match(await here.act('stop'), {code: 0, reason: ''});
		t.equal(here.lease(), BOTH);
	}),
);

t.test('a glusterd that hangs fails no stop: its node would be fenced for it', t =>
	on(t, async here => {
		await started(t, here);
		here.tool('gluster', 'exec sleep 300');
		const {code, stderr} = await here.act('stop');
		t.equal(code, 0, stderr);
		t.match(here.lease(), / current=bravo behind=alpha@/u, 'the other node has the say');
		t.match(stderr, /gluster gave no answer within/u);
		t.equal(here.brick, undefined);
	}),
);

t.test('a mount that is in use', t =>
	on(t, async here => {
		await started(t, here);
		here.tool('umount', 'echo "target is busy" >&2; exit 32');
		here.put('/proc/4194100/comm', 'qemu-system-x86\n');
		mkdirSync(`${here.root}/proc/4194100/fd`);
		symlinkSync('/vol/web.img', `${here.root}/proc/4194100/fd/9`);
		t.match(await here.act('stop'), {code: 1, reason: /\/vol cannot be unmounted: in use by qemu-system-x86 \(4194100\)/u});
		t.ok(here.brick, 'and its brick runs on');
	}),
);
