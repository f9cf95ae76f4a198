import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import t from 'tap';
import {parseXml} from '../../lib/cluster/xml.ts';
import {namesOf, storageOf} from '../../lib/guests/place.ts';
import {lives, nameOf, type Storage, strays, uses, uuidOf, wishes} from '../../lib/guests/storage.ts';
import {surveyed, unreachable} from '../../lib/guests/virsh.ts';
import {captured, uuid} from '../fake/libvirtd.ts';

const xml = async (name: string) => parseXml(captured(name).stdout.trim());
const vms = new Map([['vms', await xml('pool-vms')]]);
const as = (...paths: string[]): {storage: Storage; names(path: string): string[]; pools: typeof vms} => ({
	storage: {paths, volumes: ['vmvol']},
	names: path => [path],
	pools: vms,
});

t.test('what each real document has on the storage', async t => {
	const table: [document: string, used: string[], living: string[]][] = [
		['dumpxml-web', ['/srv/tank/images/web.raw'], ['/srv/tank/images/web.raw']],
		['dumpxml-db', ['db.raw in pool vms'], ['db.raw in pool vms']],
		['dumpxml-chain', ['/srv/tank/base.qcow2'], []],
		['dumpxml-block', [], []],
		['dumpxml-odd', [`/srv/tank/with blank/d'1.raw`], [`/srv/tank/with blank/d'1.raw`]],
		['dumpxml-faraway', ['gluster vmvol/images/f.raw'], ['gluster vmvol/images/f.raw']],
	];
	for (const [document, used, living] of table) {
		const domain = await xml(document);
		t.same(uses(domain, as('/srv/tank')), used, document);
		t.same(lives(domain, as('/srv/tank')), living, document);
	}
	t.same(uses(await xml('dumpxml-block'), as('/srv/other')), ['/srv/other'], 'a shared folder');
	t.match(uses(await xml('dumpxml-block'), as('/dev/loop0', '/dev/loop1', '/dev/loop2')), [/^\/dev\/loop/u], 'a device');
	t.same(uses(await xml('dumpxml-web'), as('/srv/tan')), [], 'a name that only begins alike');
	t.ok(uses(await xml('dumpxml-web'), as('/')).includes('/srv/tank/images/web.raw'), 'the root has everything');
	t.equal(strays(await xml('dumpxml-chain'), as('/srv/tank')), 1);
	t.equal(nameOf(await xml('dumpxml-odd')), `a b 'c' "d" & --all`);
	t.equal(uuidOf(await xml('dumpxml-odd')), uuid(6));
});

t.test('places that no capture has', async t => {
	const domain = (devices: string, os = '') => parseXml(`<domain><os>${os}</os><devices>${devices}</devices></domain>`);
	const table: [devices: string, os: string, used: string[]][] = [
		['', '<nvram template="/usr/share/x">/tank/vars.fd</nvram>', ['/tank/vars.fd']],
		['', '<nvram><source file="/tank/vars.fd"/></nvram>', ['/tank/vars.fd']],
		['', '<kernel>/tank/vmlinuz</kernel>', ['/tank/vmlinuz']],
		['<disk device="cdrom"><source file="/tank/cd.iso"/></disk>', '', ['/tank/cd.iso']],
		['<disk><source file="/a"/><mirror><source file="/tank/copy"/></mirror></disk>', '', ['/tank/copy']],
		['<disk><source dev="/dev/zvol/tank/vm/web"/></disk>', '', ['/dev/zvol/tank/vm/web']],
		['<serial type="file"><source path="/tank/console.log"/></serial>', '', ['/tank/console.log']],
		['<interface><source dev="tank"/></interface>', '', []],
		['<disk><source protocol="rbd" name="vmvol/x"/></disk>', '', []],
		['<disk><source pool="nobody" volume="x"/></disk>', '', []],
	];
	for (const [devices, os, used] of table) {
		const at = await domain(devices, os);
		const found = uses(at, as('/tank', '/dev/zvol/tank'));
		t.same(found, used, devices || os);
	}
});

t.test('links are followed, but never into the storage or a file server', async t => {
	const root = t.testdir();
	const put = (path: string, text: string): void => {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		writeFileSync(`${root}${path}`, text);
	};
	const link = (path: string, to: string): void => {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		symlinkSync(to, `${root}${path}`);
	};
	process.env['TWINPOOL_ROOT'] = root;
	t.teardown(() => delete process.env['TWINPOOL_ROOT']);
	put(
		'/proc/self/mountinfo',
		`36 1 0:40 / /tank rw - zfs tank rw
37 36 0:41 / /tank/vm\\040images rw - zfs tank/vm rw
38 1 0:42 / /mail rw - zfs tank/mail rw
39 1 0:43 / /net rw - nfs4 server:/x rw
40 1 230:1 / /on-zvol rw - ext4 /dev/zd0p1 rw
41 1 0:44 / /gl rw - fuse.glusterfs alpha:/vmvol/sub rw
42 1 0:45 / /tankard rw - zfs tankard rw
`,
	);
	put('/dev/zd0', '');
	link('/dev/zvol/tank/vm/web', '../../../zd0');
	put('/sys/class/block/zd0/dev', '230:0\n');
	put('/sys/class/block/zd0/zd0p1/dev', '230:1\n');
	put('/sys/class/block/zd0p1/dev', '230:1\n');
	link('/var/images', '/tank/images');
	link('/a', 'b/../var');
	put('/b/x', '');
	link('/loop', '/loop');
	link('/net/into', '/tank');
	const storage = storageOf({pools: ['tank']});
	t.same(storage.paths, ['/tank', '/tank/vm images', '/mail', '/on-zvol', '/dev/zvol/tank', '/dev/zd0', '/dev/zd0p1']);
	const names = namesOf(storage);
	const asking = {storage, names, pools: new Map()};
	const lie = async (path: string): Promise<boolean> =>
		uses(await parseXml(`<domain><devices><disk><source file="${path}"/></disk></devices></domain>`), asking).length > 0;
	for (const [path, is] of [
		['/tank/x', true],
		['/var/images/x', true],
		['/a/images/x', true],
		['/mail/x', true],
		['/on-zvol/x', true],
		['/dev/zd0', true],
		['/dev/zd0p1', true],
		['/tankard/x', false],
		['/loop/x', false],
		['/net/into/x', false],
		['/var/../tank/x', true],
	] as const) {
		t.equal(await lie(path), is, path);
	}
	t.same(storageOf({mountpoints: ['/gl']}), {paths: ['/gl'], volumes: ['vmvol']});
});

t.test('what the guest itself wishes', async t => {
	t.same(wishes(await xml('dumpxml-web')), {order: 10, start: true});
	t.same(wishes(await xml('dumpxml-db')), {order: Number.POSITIVE_INFINITY, start: true});
	const own = async (metadata: string) => wishes(await parseXml(`<domain><metadata>${metadata}</metadata></domain>`));
	t.same(await own('<guest xmlns="urn:twinpool" start="no" order="x"/>'), {order: Number.POSITIVE_INFINITY, start: false});
	t.same(await own('<guest xmlns="urn:other" start="no"/>'), {order: Number.POSITIVE_INFINITY, start: true});
});

t.test('a real survey: names of every kind, every state', async t => {
	const guests = surveyed(captured('survey').stdout) ?? [];
	const of = (number: number) => guests.find(one => one.uuid === uuid(number));
	t.match(of(8), {name: '42', word: 'in shutdown'});
	t.match(of(4), {name: 'block', word: 'paused', reason: 1});
	t.match(of(6), {name: `a b 'c' "d" & --all`, word: 'running'});
	t.match(of(7), {name: '-dash', word: 'shut off'});
	t.match(of(9), {name: 'übergröße', word: 'shut off'});
	t.equal(guests.length, 11);
	t.ok(unreachable(captured('no-daemon').stderr));
	t.notOk(unreachable(captured('destroy-off').stderr));
	const {stdout} = captured('survey');
	t.equal(surveyed(stdout.replace(/^Domain: '42'\n.*\n.*\n/mu, '')), undefined, 'a guest that went in between: look again');
	t.equal(surveyed(stdout.replace(/^.* 42\n/mu, '')), undefined, 'a guest that came in between: look again');
	t.equal(
		surveyed(stdout.replace('state.state=4', 'state.state=12'))?.find(({name}) => name === '42')?.word,
		'no state',
		'an unknown word is active',
	);
	t.same(surveyed('\n\n'), []);
});
