// The agent, as Pacemaker calls it: one message an event for the cluster, and none lost.
import {chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {another, FAILURE, host, SPLIT, there} from '../fake/alert.ts';

const BRAVO = {...SPLIT, CRM_alert_node: 'bravo', CRM_alert_attribute_value: '20261122T100001Z 0: 3C4D here, 1A2B there'};
const OVER = {CRM_alert_attribute_value: ''};
const FENCED = {
	CRM_alert_kind: 'fencing',
	CRM_alert_node: 'bravo',
	CRM_alert_rc: '0',
	CRM_alert_task: 'st_notify_fence',
	CRM_alert_desc: 'Operation reboot of bravo by alpha for pacemaker-controld.123@alpha: OK (ref=6c1d)',
	CRM_alert_recipient: 'mail:ops@example.com',
	cluster: 'prod',
};

t.test('both sides find a split-brain, Pacemaker repeats it, all at once: one mail', async t => {
	const alpha = host(t);
	// Slow, so that all of them have looked before the first one is done.
	alpha.put('usr/sbin/sendmail', `#!/bin/sh\nsleep 0.3; cat >${alpha.root}/mail/$$\n`);
	const ran = await Promise.all([SPLIT, BRAVO, SPLIT].map(env => alpha.start(env)));
	t.same(
		ran.map(({code, stderr}) => [code, stderr]),
		ran.map(() => [0, '']),
	);
	t.equal(alpha.mails().length, 1);
	t.match(alpha.mails()[0], /^Subject: \[prod\] split-brain of DRBD resource vmstore, seen by (alpha|bravo)$/mu);
	t.match(alpha.mails()[0], /^ {2}drbdadm disconnect vmstore; drbdadm secondary vmstore; drbdadm connect --discard-my-data vmstore$/mu);
	t.match(await alpha.journal(), [/^6 \{"told":"mail:ops@example.com","kind":"split-brain"/u], 'one line in the journal');
	await alpha.run({...SPLIT, ...OVER});
	await alpha.run(BRAVO);
	t.equal(alpha.mails().length, 1, 'healed here, and the other side as it was');
	await alpha.run({...SPLIT, CRM_alert_attribute_value: '2026-11-22T10:00:30Z again'});
	t.equal(alpha.mails().length, 2, 'a new one after it was healed');
	await alpha.run({...SPLIT, CRM_alert_recipient: 'mail:root'});
	t.equal(alpha.mails().length, 3, 'another recipient is told for himself');
});

t.test('a node that takes over writing attributes repeats all of them', async t => {
	const alpha = host(t);
	await alpha.run(SPLIT);
	await alpha.run(BRAVO);
	const bravo = another(t, alpha);
	await bravo.run(SPLIT);
	await bravo.run(BRAVO);
	t.equal(bravo.mails().length, 0, 'it was told by the other node');
	await bravo.run({...SPLIT, CRM_alert_attribute_value: '2026-11-22T12:00:00Z a new one'});
	t.equal(bravo.mails().length, 1);
	await bravo.run({...SPLIT, ...OVER});
	await bravo.run(SPLIT);
	t.equal(bravo.mails().length, 2, 'after it was healed it is a new one, though it looks like one of before');
	const alone = another(t, alpha, false);
	await alone.run(SPLIT);
	t.equal(alone.mails().length, 1, 'where the daemons do not answer nobody knows: it is told');
});

t.test('every node hears of a fencing: who ordered it tells', async t => {
	const [alpha, bravo, charlie] = [host(t), host(t), host(t)];
	bravo.put('bin/crm_node', '#!/bin/sh\necho bravo\n');
	charlie.put('bin/crm_node', '#!/bin/sh\nexit 1\n');
	for (const node of [alpha, bravo, charlie]) {
		await node.run(FENCED);
	}
	t.match(alpha.mails(), [/^Subject: \[prod\] bravo was fenced$/mu]);
	t.same(bravo.mails(), []);
	t.equal(charlie.mails().length, 1, 'a node that does not know its name tells');
	const own = {
		...FENCED,
		CRM_alert_desc: 'Operation off of bravo by alpha for stonith_admin.9@bravo: OK (ref=77)',
		CRM_alert_node: 'bravo',
	};
	await alpha.run(own);
	t.equal(alpha.mails().length, 1, 'within a minute of the other one it is the same');
	await alpha.run({...own, CRM_alert_rc: '1', CRM_alert_desc: own.CRM_alert_desc.replace('OK', 'Error (no answer)')});
	t.match(alpha.mails().join(''), /^Subject: \[prod\] fencing of bravo FAILED$/mu, 'who is shot on his own order cannot tell');
});

t.test('what does not get through is tried again, said, and not taken for told', async t => {
	const alpha = host(t);
	alpha.put('usr/sbin/sendmail', '#!/bin/sh\ncat >/dev/null; echo "queue is full" >&2; exit 75\n');
	const failed = await alpha.run({...SPLIT, timeout: '5'});
	t.match(failed, {
		code: 1,
		stderr: /^alert_twinpool: not told to mail:ops@example.com: split-brain .*sendmail ended with 75: queue is full\n$/u,
	});
	t.match(await alpha.journal(), [/^3 not told to mail:ops@example.com/u], 'in the journal as an error');
	alpha.put('usr/sbin/sendmail', `#!/bin/sh\ncat >${alpha.root}/mail/1\n`);
	t.equal((await alpha.run(SPLIT)).code, 0);
	t.equal(alpha.mails().length, 1, 'told when Pacemaker repeats it');
});

t.test('a transport that works at the third try', async t => {
	const alpha = host(t);
	alpha.put(
		'usr/sbin/sendmail',
		`#!/bin/sh\nD=${alpha.root}; echo x >>"$D/tries"; [ "$(wc -l <"$D/tries")" -lt 3 ] && exit 1; cat >"$D/mail/1"\n`,
	);
	t.match(await alpha.run({...SPLIT, timeout: '5'}), {code: 0, stderr: ''});
	t.equal(alpha.mails().length, 1);
});

t.test('a transport that hangs is ended in time, with its children', async t => {
	const alpha = host(t);
	alpha.put('usr/sbin/sendmail', `#!/bin/sh\nsleep 60 & echo $! >${alpha.root}/child; wait\n`);
	const {code, stderr, ms} = await alpha.start({...SPLIT, timeout: '1'});
	t.equal(code, 1);
	t.match(stderr, /sendmail gave no answer within/u);
	t.ok(ms < 10_000, `${ms} ms`);
	t.notOk(there(join(alpha.root, 'child')), 'nothing is left behind');
});

t.test('a failure over and over is told every ten minutes', async t => {
	const alpha = host(t);
	const at = (usec: string): Promise<unknown> => alpha.run({...FAILURE, CRM_alert_timestamp_usec: usec});
	await at('1');
	await at('2');
	await at('3');
	t.match(alpha.mails(), [/^Subject: \[prod\] monitor of tank failed on alpha$/mu]);
	const folder = join(alpha.root, 'run/crm', `twinpool-alert.${process.getuid?.()}`);
	const [file = ''] = readdirSync(folder);
	alpha.put(`run/crm/twinpool-alert.${process.getuid?.()}/${file}`, JSON.stringify({seen: {}, told: Date.now() - 601_000, more: 2}));
	await at('4');
	t.match(alpha.mails().join(''), /not told before {2}2 like it since the last message/u);
});

t.test('a memory that others could have written is none', async t => {
	const [open, linked, none] = [host(t), host(t), host(t)];
	chmodSync(join(open.root, 'run/crm'), 0o777);
	const mine = `run/crm/twinpool-alert.${process.getuid?.()}`;
	mkdirSync(join(linked.root, 'elsewhere'));
	symlinkSync(join(linked.root, 'elsewhere'), join(linked.root, mine));
	rmSync(join(none.root, 'run/crm'), {recursive: true});
	for (const alone of [open, linked, none]) {
		await alone.run(SPLIT);
		await alone.run(SPLIT);
		t.equal(alone.mails().length, 2, 'told all the same, and again');
		t.match((await alone.journal()).join('\n'), /^6 it is not remembered what was told: /mu);
	}
	t.same(readdirSync(join(linked.root, 'elsewhere')), []);
	t.same(readdirSync(join(open.root, 'run/crm')), []);
	const broken = host(t);
	await broken.run(SPLIT);
	const [file = ''] = readdirSync(join(broken.root, mine));
	broken.put(`${mine}/${file}`, '{"seen":[');
	rmSync(join(broken.root, 'attrd'), {recursive: true});
	await broken.run(SPLIT);
	t.equal(broken.mails().length, 2, 'half a file is nothing');
});
