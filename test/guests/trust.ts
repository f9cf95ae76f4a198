// Whose word is taken for what a guest is, and who may read what is kept of it.
import {chmodSync, lchownSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {domain, libvirt, uuid} from '../fake/libvirtd.ts';

const STORE = '/tank/.twinpool/guests';
const ORDER = '<twinpool:guest xmlns:twinpool="urn:twinpool" order="5"/>';
const USER = 65_534;
/** The same, behind a link. */
const linked = (path: string): void => {
	renameSync(path, `${path}.real`);
	symlinkSync(`${path}.real`, path);
};

t.test('definitions are believed only where nobody but root can have put them', async t => {
	for (const [what, harm] of [
		['a folder that all may write to', (root: string) => chmodSync(`${root}${STORE}`, 0o777)],
		['a file that a group may write to', (root: string) => chmodSync(`${root}${STORE}/${uuid(1)}.xml`, 0o664)],
		['a link in its place', (root: string) => linked(`${root}/tank/.twinpool`)],
		['a link in the place of the folder in it', (root: string) => linked(`${root}${STORE}`)],
		['a link where files arrive', (root: string) => symlinkSync('/nowhere', `${root}${STORE}/.incoming`)],
		['a file of a user', (root: string) => lchownSync(`${root}${STORE}/${uuid(1)}.xml`, USER, USER)],
	] as const) {
		if (what.endsWith('of a user') && process.getuid?.() !== 0) {
			continue;
		}
		const here = libvirt(t);
		here.put(`${STORE}/${uuid(1)}.xml`, domain(1, 'web', '/tank/vm/web.img'));
		harm(here.root);
		const {code, reason} = await here.act('start');
		t.equal(code, 1, what);
		t.match(reason, [/^\/tank\/\.twinpool.* is a link, or others than root can write to it/u], what);
		t.notOk(here.calls().some(call => /^virsh (define|start)/u.test(call)));
	}
});

t.test('nor is anything saved through a link', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	t.equal((await here.act('start')).code, 0);
	linked(`${here.root}${STORE}`);
	writeFileSync(`${here.root}/victim`, 'as it was');
	rmSync(`${here.root}${STORE}/.incoming/${uuid(1)}.xml`, {force: true});
	symlinkSync(`${here.root}/victim`, `${here.root}${STORE}/.incoming/${uuid(1)}.xml`);
	here.guest(1, 'web', '/tank/vm/web.img', {on: true, metadata: ORDER});
	const stopped = await here.act('stop');
	t.equal(stopped.code, 0, stopped.stderr);
	t.match(stopped.stderr, /the definitions were not saved: .* is a link, or others than root can write to it/u);
	t.equal(readFileSync(`${here.root}/victim`, 'utf8'), 'as it was');
});

t.test('what is kept in /run is nobody else’s to read', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	t.equal((await here.act('start')).code, 0);
	t.equal(statSync(`${here.root}/run/twinpool`).mode & 0o777, 0o700);
	t.equal(statSync(`${here.root}/run/twinpool/guests-vms.json`).mode & 0o777, 0o600);
});
