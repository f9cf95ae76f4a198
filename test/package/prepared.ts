import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';

/** As in node 18: the context that a snapshot is built in has no Object.hasOwn, the one that is started from it has. */
const LATER =
	'const has = Object.hasOwn; delete Object.hasOwn; require("node:v8").startupSnapshot.addDeserializeCallback(() => { Object.hasOwn = has; });';

const ROOT = new URL('../../dist/root/usr/lib/', import.meta.url).pathname;
const programs = {
	drbd: `${ROOT}ocf/resource.d/twinpool/drbd`,
	zpool: `${ROOT}ocf/resource.d/twinpool/zpool`,
	guests: `${ROOT}ocf/resource.d/twinpool/guests`,
	handler: `${ROOT}drbd/twinpool-handler`,
	fence_libvirt: `${ROOT}../sbin/fence_libvirt`,
	'fence-guests': `${ROOT}drbd/twinpool-fence-guests`,
};

t.test('every program starts from a snapshot of itself, and answers as from its text', async t => {
	const folder = t.testdir();
	const scratch = `${folder}/scratch`;
	mkdirSync(scratch);
	for (const [name, program] of Object.entries(programs)) {
		const blob = `${folder}/${name}`;
		const text = `${folder}/${name}.js`;
		writeFileSync(text, readFileSync(program, 'utf8').replace(/\n(?!':')/u, `\n${LATER}`));
		execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', text], {
			stdio: 'ignore',
			cwd: '/',
			env: {...process.env, TMPDIR: scratch},
		});
		t.same(readdirSync(scratch), [], `${name}: what it was rehearsed with is gone`);
		// Longer than the operation's timeout: a clock that was kept in the snapshot would show.
		await sleep(1200);
		const env = {
			PATH: '/usr/bin:/bin',
			TWINPOOL_ROOT: folder,
			OCF_RESKEY_drbd_resource: 'r0',
			OCF_RESKEY_pool: 'tank',
			OCF_RESKEY_CRM_meta_timeout: '1000',
			NODE_NO_WARNINGS: '1',
		};
		for (const [action, environment] of [
			['monitor', env],
			['stop', env],
			['promote', env],
			['meta-data', env],
			['--action=metadata', env],
			['--uri=nowhere', env],
			['monitor', {...env, OCF_RESKEY_drbd_resource: '', OCF_RESKEY_pool: ';'}],
		] as const) {
			const said = (argv: string[]): {status: number | null; stdout: string; reasons: string[]} => {
				const {status, stdout, stderr} = spawnSync(process.execPath, argv, {env: environment, encoding: 'utf8'});
				return {status, stdout, reasons: stderr.split('\n').filter(line => line.startsWith('ocf-exit-reason:'))};
			};
			t.same(said(['--snapshot-blob', blob, program, action]), said([program, action]), `${name} ${action}`);
		}
		const marker = `${folder}/run/start-${name}`;
		t.equal(spawnSync(process.execPath, ['--snapshot-blob', blob, program, 'start-check', marker], {env}).status, 0);
		t.equal(spawnSync('test', ['-e', marker]).status, 0, 'the check leaves its marker');
	}
});
