// What is written down of commands: for its owner alone, and without secrets.
import {existsSync, lstatSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import t from 'tap';
import {append} from '../lib/host.ts';
import {run} from '../lib/run.ts';
import {masked} from '../lib/transcript.ts';

t.test('a transcript is its owner’s alone, and has no secret of a command, its answer or its environment', async t => {
	const file = `${t.testdir()}/transcript`;
	const before = process.umask(0);
	const env = {TWINPOOL_TRANSCRIPT: file, OCF_RESKEY_passwd: 'hunter2', OCF_RESKEY_chap_password_file: '/etc/secret'};
	Object.assign(process.env, env);
	t.teardown(() => {
		process.umask(before);
		for (const name of Object.keys(env)) {
			delete process.env[name];
		}
	});
	await run(
		['sh', '-c', 'echo \'<nvpair id="fence-a-passwd" name="passwd" value="hunter2"/>\'; echo "shared-secret hunter2;" >&2; exit 3'],
		{
			timeout: 5000,
		},
	);
	await run(['sleep', '60'], {timeout: 50}).catch(() => undefined);
	t.equal(statSync(file).mode & 0o777, 0o600, 'whatever the umask is');
	const lines = readFileSync(file, 'utf8').trim().split('\n');
	const [one, two] = lines.map(line => JSON.parse(line) as Record<string, unknown>);
	t.match(one, {
		stdout: '<nvpair id="fence-a-passwd" name="passwd" value="***"/>\n',
		exit: 3,
		env: {OCF_RESKEY_passwd: '***', OCF_RESKEY_chap_password_file: '/etc/secret'},
	});
	t.match(two, {command: ['sleep', '60'], fault: 'timeout', message: /^sleep gave no answer/u});
	t.notMatch(lines.join(''), 'hunter2');
});

t.test('secrets as the tools print them', async t => {
	for (const [said, shown] of [
		['<nvpair id="a" name="passwd" value="p w"/>', '<nvpair id="a" name="passwd" value="***"/>'],
		["<graphics type='vnc' port='-1' passwd='x&apos;y'/>", "<graphics type='vnc' port='-1' passwd='***'/>"],
		['\tshared-secret    "s3 cret";', '\tshared-secret    "***";'],
		['\tshared-secret    plain;', '\tshared-secret    ***'],
		['<option name="shared-secret" value="s"/>', '<option name="shared-secret" value="***"/>'],
		['node.session.auth.password_in = long-one\n', 'node.session.auth.password_in = ***\n'],
		['--password=x --community=public', '--password=*** --community=***'],
		// What is no secret stays as it is.
		['chap_password_file=/etc/twinpool/leg-secret', 'chap_password_file=/etc/twinpool/leg-secret'],
		['a password is required', 'a password is required'],
		['passwd', 'passwd'],
	] as const) {
		t.equal(masked(said), shown);
	}
	const begun = performance.now();
	masked('secret \t'.repeat(500_000) + 'secret'.repeat(500_000));
	t.ok(performance.now() - begun < 3000, 'and as fast as that');
});

t.test('never through a link', async t => {
	const folder = t.testdir();
	symlinkSync(`${folder}/victim`, `${folder}/link`);
	t.throws(() => append(`${folder}/link`, 'x'), /ELOOP/u);
	t.notOk(existsSync(`${folder}/victim`));
	process.env['TWINPOOL_TRANSCRIPT'] = `${folder}/link`;
	t.teardown(() => delete process.env['TWINPOOL_TRANSCRIPT']);
	t.match(await run(['true'], {timeout: 5000}), {exit: 0}, 'and no reason not to act');
	t.ok(lstatSync(`${folder}/link`).isSymbolicLink());
	t.notOk(existsSync(`${folder}/victim`));
});
