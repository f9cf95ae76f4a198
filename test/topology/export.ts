// examples/iscsi-export.sh, which configure --apply runs: where CHAP's secrets go.
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import t from 'tap';

const [TARGET, INITIATOR] = ['iqn.2026-11.com.example:alpha.tank', 'iqn.2026-11.com.example:bravo'];

t.test('the secrets are told to the kernel, and to no program', async t => {
	const root = t.testdir({bin: {}, etc: {twinpool: {'leg-secret': 'one-long-secret\n', 'leg-secret-in': 'another-secret\n'}}});
	const acl = `${root}/sys/kernel/config/target/iscsi/${TARGET}/tpgt_1/acls/${INITIATOR}`;
	const tool = (name: string, does: string): void => {
		writeFileSync(`${root}/bin/${name}`, `#!/bin/sh\n${does}\n`);
		chmodSync(`${root}/bin/${name}`, 0o755);
	};
	// It writes every line that it is told into its own log, as the real one does (configshell 1.1).
	tool('targetcli', `{ echo "targetcli $*"; cat; } >>${root}/log; mkdir -p ${acl}/auth ${acl}/lun_0; ls ${acl}/auth >>${root}/log`);
	tool('systemctl', `echo "systemctl $*" >>${root}/log`);
	mkdirSync(`${root}/sys`);
	const script = readFileSync('examples/iscsi-export.sh', 'utf8').replaceAll('/sys/', `${root}/sys/`).replaceAll('/etc/', `${root}/etc/`);
	const {status, stderr} = spawnSync('sh', ['-s', 'tank', '/dev/vdb', '10.77.2.1', TARGET, INITIATOR], {
		input: script,
		encoding: 'utf8',
		env: {PATH: `${root}/bin:/usr/bin:/bin`},
	});
	t.equal(status, 0, stderr);
	const auth = (name: string): string => readFileSync(`${acl}/auth/${name}`, 'utf8');
	t.same(['userid', 'password', 'userid_mutual', 'password_mutual'].map(auth), ['leg', 'one-long-secret', 'target', 'another-secret']);
	const log = readFileSync(`${root}/log`, 'utf8');
	t.notMatch(log, /one-long-secret|another-secret/u);
	t.match(log, /authentication=1[\s\S]*\npassword\n[\s\S]*$/u);
	t.ok(log.indexOf('portals create') > log.indexOf('set attribute authentication=1'));
	t.equal(log.split('portals create').length, 2, 'nobody gets in before they are set');
});
