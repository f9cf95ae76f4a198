// The export of this host's half by tgtd: its text as captured, and tgtadm as a script that keeps what it was told.
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import t, {type Test} from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {offer, withdraw} from '../../lib/iscsi/offer.ts';
import {unitIn} from '../../lib/iscsi/tgt.ts';

const TARGET = 'iqn.2026-11.test.twinpool:bravo.tgt';
const shown = readFileSync(new URL('../fixture/tgt-1.0.85/show.txt', import.meta.url), 'utf8');

t.test('what tgtd exports', async t => {
	t.same(unitIn(shown, TARGET, 1), {
		tid: '1',
		lun: '1',
		device: '/dev/disk/by-id/virtio-spare',
		type: 'rdwr',
		id: 'IET     00010001',
		serial: 'beaf11',
	});
	t.equal(unitIn(shown, TARGET, 0), undefined, 'the controller is no disk');
	t.equal(unitIn(shown, TARGET, 2), undefined);
	t.equal(unitIn(shown, `${TARGET}2`, 1), undefined);
	t.equal(unitIn('', TARGET, 1), undefined);
});

function host(t: Test, script: string): {calls(): string[]; said: string[]} {
	const root = t.testdir();
	const path = process.env['PATH'] ?? '';
	Object.assign(process.env, {TWINPOOL_ROOT: root, PATH: `${root}/bin:${path}`});
	t.teardown(() => Object.assign(process.env, {PATH: path}));
	mkdirSync(`${root}/run/tgtd`, {recursive: true});
	writeFileSync(`${root}/run/tgtd/socket.0`, '');
	mkdirSync(`${root}/bin`);
	writeFileSync(`${root}/show`, shown);
	writeFileSync(`${root}/calls`, '');
	writeFileSync(`${root}/bin/tgtadm`, `#!/bin/sh\nROOT=${root}\necho "$*" >>$ROOT/calls\n${script}\n`);
	chmodSync(`${root}/bin/tgtadm`, 0o755);
	return {calls: () => readFileSync(`${root}/calls`, 'utf8').trim().split('\n'), said: []};
}
const WORKS = 'case "$*" in *"op show"*) cat $ROOT/show ;; *"op delete"*) sed -i "/LUN: 1/,/Backing store flags/d" $ROOT/show ;; esac';

t.test('taken away, and offered again as it was', async t => {
	const {calls, said} = host(t, WORKS);
	t.equal(await withdraw(TARGET, 1, deadlineOf(20_000)), '/dev/disk/by-id/virtio-spare');
	t.ok(calls().includes('--lld iscsi --op delete --mode logicalunit --tid 1 --lun 1'));
	t.equal(await withdraw(TARGET, 1, deadlineOf(20_000)), undefined, 'once');
	await offer(TARGET, 1, deadlineOf(20_000), sentence => said.push(sentence));
	t.same(said, [`/dev/disk/by-id/virtio-spare is exported again as ${TARGET}`]);
	t.same(calls().slice(-2), [
		'--lld iscsi --op new --mode logicalunit --tid 1 --lun 1 --bstype rdwr -b /dev/disk/by-id/virtio-spare',
		'--lld iscsi --op update --mode logicalunit --tid 1 --lun 1 --params scsi_sn=beaf11,scsi_id=IET     00010001',
	]);
});

t.test('what cannot be taken away is in the way of the import; what cannot be offered again is said', async t => {
	const {said} = host(
		t,
		'case "$*" in *"op show"*) cat $ROOT/show ;; *) echo "tgtadm: this logical unit is still active" >&2; exit 22 ;; esac',
	);
	await t.rejects(withdraw(TARGET, 1, deadlineOf(20_000)), {
		code: 1,
		message: /bravo.tgt of .*virtio-spare cannot be taken down: tgtadm .*still active/u,
	});
	writeFileSync(`${process.env['TWINPOOL_ROOT']}/show`, '');
	await offer(TARGET, 1, deadlineOf(20_000), sentence => said.push(sentence));
	t.match(said[0], /cannot be put back: .*still active; "tgt-admin -e" does/u);
});

t.test('no tgtd runs', async t => {
	host(t, 'echo "tgtadm: failed to send request hdr to tgt daemon" >&2; exit 107');
	t.equal(await withdraw(TARGET, 1, deadlineOf(20_000)), undefined);
});
