// The export of this host's half, on a tree with the files of LIO's configuration as the lab's kernel shows them.
import {existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import t, {type Test} from 'tap';
import {restoreExport, withdrawExport} from '../../lib/iscsi/lio.ts';

const TARGET = 'iqn.2026-11.test.lab:bravo.tank';
const CONFIG = '/sys/kernel/config/target';
const STORE = `${CONFIG}/core/iblock_0/tank`;
const GROUP = `${CONFIG}/iscsi/${TARGET}/tpgt_1`;
const ACL = `${GROUP}/acls/iqn.2026-11.test.lab:alpha`;

function exported(t: Test): string {
	const root = t.testdir();
	process.env['TWINPOOL_ROOT'] = root;
	const put = (path: string, text: string): void => {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
	};
	put(`${STORE}/udev_path`, '/dev/vdb\n');
	put(`${STORE}/enable`, '1\n');
	put(`${STORE}/wwn/vpd_unit_serial`, 'T10 VPD Unit Serial Number: 62a436ee-013f-4748-843e-cfb041fc02b9\n');
	put(`${STORE}/attrib/emulate_tpu`, '1\n');
	put(`${STORE}/attrib/hw_block_size`, '512\n');
	put(`${GROUP}/enable`, '1\n');
	put(`${GROUP}/lun/lun_0/alua_tg_pt_offline`, '0\n');
	put(`${ACL}/auth/password`, 'secret\n');
	put(`${ACL}/lun_0/write_protect`, '0\n');
	symlinkSync('../../../../../../target/core/iblock_0/tank', join(root, GROUP, 'lun/lun_0/6e5da27b9c'));
	symlinkSync(`../../../../../../../target/iscsi/${TARGET}/tpgt_1/lun/lun_0`, join(root, ACL, 'lun_0/85c5052f5a'));
	return root;
}

t.test('down, and up again as it was', async t => {
	const root = exported(t);
	t.equal(withdrawExport(TARGET, 0), '/dev/vdb');
	t.notOk(existsSync(join(root, STORE)), 'nothing claims the disk');
	t.notOk(existsSync(join(root, GROUP, 'lun/lun_0')));
	t.notOk(existsSync(join(root, ACL, 'lun_0')));
	t.equal(readFileSync(join(root, ACL, 'auth/password'), 'utf8'), 'secret\n', 'who may come and with which secret stays');
	t.equal(withdrawExport(TARGET, 0), undefined, 'twice is once');

	t.match(restoreExport(TARGET, 0), /\/dev\/vdb is exported again as iqn/u);
	t.equal(readFileSync(join(root, STORE, 'control'), 'utf8'), 'udev_path=/dev/vdb');
	t.equal(
		readFileSync(join(root, STORE, 'wwn/vpd_unit_serial'), 'utf8'),
		'62a436ee-013f-4748-843e-cfb041fc02b9',
		'the same disk to the other host',
	);
	t.equal(readFileSync(join(root, STORE, 'attrib/emulate_tpu'), 'utf8'), '1');
	t.notOk(existsSync(join(root, STORE, 'attrib/hw_block_size')), "what is the hardware's is not set");
	t.equal(readlinkSync(join(root, GROUP, 'lun/lun_0/iblock_0-tank')), join(root, STORE));
	t.equal(readlinkSync(join(root, ACL, 'lun_0/lun_0')), join(root, GROUP, 'lun/lun_0'));
	t.equal(restoreExport(TARGET, 0), undefined, 'what stands is left alone');
});

t.test('another unit, another target, nothing at all', async t => {
	const root = exported(t);
	t.equal(withdrawExport(TARGET, 1), undefined);
	t.equal(withdrawExport(`${TARGET}2`, 0), undefined);
	t.ok(existsSync(join(root, STORE)), "somebody else's is left alone");
	t.equal(restoreExport(TARGET, 0), undefined, 'nothing was taken down');
});

t.test('an export that cannot be taken down is no free disk', async t => {
	const root = exported(t);
	writeFileSync(join(root, 'var'), '');
	t.throws(() => withdrawExport(TARGET, 0), /the export iqn.* of \/dev\/vdb cannot be taken down/u);
});
