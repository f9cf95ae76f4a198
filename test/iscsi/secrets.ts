// Whose the file with a secret has to be.
import {chmodSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {chapOf, type LegParams} from '../../lib/iscsi/params.ts';

t.test('a secret that another user could change is none', async t => {
	const file = `${t.testdir()}/secret`;
	writeFileSync(file, 'a-very-long-secret\n');
	chmodSync(file, 0o600);
	const params = {chap_username: 'leg', chap_password_file: file, chap_username_in: '', chap_password_in_file: ''} as LegParams;
	t.match(chapOf(params), {password: 'a-very-long-secret'});
	const own = process.getuid;
	t.teardown(() => Object.assign(process, {getuid: own}));
	Object.assign(process, {getuid: () => 4711});
	t.throws(() => chapOf(params), {code: 5, message: /is another user's, who can read it and change it: chown root/u});
});
