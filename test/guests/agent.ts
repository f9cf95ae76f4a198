import {existsSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import t from 'tap';
import {domain, libvirt, uuid} from '../fake/libvirtd.ts';

const STORE = '/tank/.twinpool/guests';
const order = (number: number): string => `<twinpool:guest xmlns:twinpool="urn:twinpool" order="${number}"/>`;

t.test('a life: the guests of the node are adopted, started in order, watched, stopped', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img', {metadata: order(20)});
	here.guest(2, 'db', '/tank/vm/db.img', {metadata: order(10)});
	here.guest(3, 'bystander', '/var/lib/other.img', {on: true});
	const codes: string[] = [];
	for (const action of ['monitor', 'stop', 'start', 'start', 'monitor', 'stop', 'stop', 'monitor', 'validate-all']) {
		const {code, reason, stderr} = await here.act(action);
		codes.push(`${action} ${code}`);
		t.same(reason, [], `${action} needs no excuse: ${stderr}`);
	}
	t.equal(codes.join(', '), 'monitor 7, stop 0, start 0, start 0, monitor 0, stop 0, stop 0, monitor 7, validate-all 0');
	const verbs = here.calls().filter(call => /^virsh (start|shutdown|destroy)/u.test(call));
	t.same(
		[verbs.slice(0, 2), new Set(verbs.slice(2))],
		[
			[`virsh start --domain ${uuid(2)}`, `virsh start --domain ${uuid(1)}`],
			new Set([`virsh shutdown --domain ${uuid(1)}`, `virsh shutdown --domain ${uuid(2)}`]),
		],
		'each once, the lower order first, the bystander never',
	);
	t.same(
		readdirSync(`${here.root}${STORE}`).sort(),
		['.incoming', `${uuid(1)}.xml`, `${uuid(2)}.xml`].sort(),
		'no note of an owner is left',
	);
	t.equal(statSync(`${here.root}${STORE}/${uuid(1)}.xml`).mode & 0o777, 0o600, 'passwords are nobody else’s');
	t.same(readdirSync(`${here.root}/run/twinpool`), [], 'and nothing in /run');
	t.equal(here.state(3), '1 1');
});

t.test('the survivor defines what the storage has, and what differs here', async t => {
	const here = libvirt(t);
	here.put(`${STORE}/${uuid(1)}.xml`, domain(1, 'web', '/tank/vm/web.img'));
	here.put(`${STORE}/by-hand.xml`, `<?xml version="1.0"?>\n${domain(2, 'db', '/tank/vm/db.img')}`);
	here.put(`${STORE}/${uuid(4)}.xml`, domain(4, 'spare', '/tank/vm/spare.img', '<guest xmlns="urn:twinpool" start="no"/>'));
	here.guest(1, 'web', '/tank/vm/old.img');
	const {code, stderr} = await here.act('start');
	t.equal(code, 0, stderr);
	t.match(stderr, 'defined anew, as the storage has them: web');
	t.match(readFileSync(`${here.root}/guests/${uuid(1)}/definition`, 'utf8'), '/tank/vm/web.img');
	const verbs = here.calls().flatMap(call => /^virsh (define|start)/u.exec(call)?.[1] ?? []);
	t.same(verbs, ['define', 'define', 'define', 'start', 'start'], 'nothing starts from what was here before');
	t.same([here.state(1), here.state(2), here.state(4)], ['1 1', '1 1', '5 0'], 'start="no" is defined and left');
	t.match(readFileSync(`${here.root}${STORE}/owner.json`, 'utf8'), '"host":"alpha"');
	t.equal((await here.act('monitor')).code, 0);
});

t.test('one that cannot be started is named, and keeps nobody else from running', async t => {
	const here = libvirt(t);
	for (const number of [1, 2, 3]) {
		here.guest(number, `guest${number}`, `/tank/vm/${number}.img`);
	}
	here.put(`/refuse/start-${uuid(2)}`, 'Cannot access storage file');
	const {code, reason} = await here.act('start');
	t.equal(code, 1);
	t.match(reason[0], /^not started: guest2: .*Cannot access storage file/u);
	t.same([here.state(1), here.state(2), here.state(3)], ['1 1', '5 0', '1 1']);
	t.match(await here.act('monitor'), {code: 1, reason: ['not running: guest2 (shut off)']});
	t.equal((await here.act('stop')).code, 0);
});

t.test('a file that is no definition is named, and keeps nobody from running', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	here.put(`${STORE}/half.xml`, '<domain><name>x</na');
	t.match(await here.act('start'), {code: 1, reason: [/half\.xml in \/tank\/\.twinpool\/guests/u]});
	t.equal(here.state(1), '1 1');
});

t.test('what monitor says', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	here.guest(2, 'db', '/tank/vm/db.img');
	t.equal((await here.act('start')).code, 0);
	await here.act('monitor');
	const table: [state: string, code: number, why: string][] = [
		['1 1', 0, 'running'],
		['3 1', 0, 'paused by its owner'],
		['3 5', 1, 'paused by an I/O error'],
		['4 1', 0, 'on its way down'],
		['7 1', 0, 'asleep'],
		['5 1', 0, 'shut down from inside'],
		['5 0', 0, 'libvirtd was restarted since'],
		['5 2', 1, 'destroyed'],
		['5 0', 1, 'libvirtd was restarted since'],
		['5 5', 0, 'saved'],
		['5 3', 1, 'crashed and gone'],
		['6 1', 1, 'crashed and kept'],
		['9 1', 1, 'a word of a newer libvirt'],
	];
	for (const [state, code, why] of table) {
		here.put(`/guests/${uuid(1)}/state`, state);
		const before = here.calls().length;
		const said = await here.act('monitor');
		t.equal(said.code, code, why);
		t.equal(here.calls().length - before, 1, 'by one process');
		t.same(said.reason.length, code === 0 ? 0 : 1);
		t.match(said.reason[0] ?? 'web', 'web');
	}
	here.put(`/guests/${uuid(2)}/state`, '5 2');
	here.put(`/guests/${uuid(1)}/state`, '5 2');
	t.match(await here.act('monitor'), {code: 7, reason: ['not running: web (shut off), db (shut off)']}, 'none is left');
});

t.test('what is new or changed on this node is on the storage after the next monitor', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	await here.act('start');
	here.guest(1, 'web', '/tank/vm/moved.img', {state: '1 1'});
	here.put('/etc/libvirt/qemu/web.xml', 'changed');
	here.guest(2, 'new', '/tank/vm/new.img');
	here.guest(3, 'other', '/var/other.img');
	t.equal((await here.act('monitor', {OCF_RESKEY_CRM_meta_interval: '0'})).code, 0);
	t.notOk(existsSync(`${here.root}${STORE}/${uuid(2)}.xml`), 'not by a probe');
	t.match(await here.act('monitor'), {code: 0, stderr: /saved on the storage: web, new/u}, 'a new one is not missing before it ran');
	t.match(readFileSync(`${here.root}${STORE}/${uuid(1)}.xml`, 'utf8'), '/tank/vm/moved.img');
	t.notOk(existsSync(`${here.root}${STORE}/${uuid(3)}.xml`));
	here.put(`/guests/${uuid(2)}/state`, '1 1');
	await here.act('monitor');
	here.put(`/guests/${uuid(2)}/state`, '5 2');
	t.match(await here.act('monitor'), {code: 1, reason: ['not running: new (shut off)']}, 'once it ran it is expected to');
	rmSync(`${here.root}${STORE}/${uuid(2)}.xml`);
	rmSync(`${here.root}/guests/${uuid(2)}`, {recursive: true});
	rmSync(`${here.root}/etc/libvirt/qemu/new.xml`);
	t.equal((await here.act('monitor')).code, 0, 'a retired one is missed by nobody');
});

t.test('who must not start: wrong parameters, no mount, no virsh', async t => {
	const here = libvirt(t);
	t.match(await here.act('start', {OCF_RESKEY_pool: ''}), {code: 6, reason: [/^parameter pool or mountpoint is required/u]});
	t.match(await here.act('validate-all', {OCF_RESKEY_pool: ''}), {code: 6});
	t.match(await here.act('stop', {OCF_RESKEY_pool: ''}), {code: 0}, 'there is nothing to stop');
	t.match(await here.act('start', {OCF_RESKEY_uri: '-c; reboot'}), {code: 6});
	t.match(await here.act('start', {OCF_RESKEY_pool: 'dozer'}), {code: 1, reason: [/pool dozer is not mounted here: order this resource/u]});
	t.match(await here.act('start', {OCF_RESKEY_mountpoint: '/srv/nothing', OCF_RESKEY_pool: ''}), {code: 1});
	t.same(here.calls(), []);
	rmSync(`${here.root}/bin/virsh`);
	t.match(await here.act('start'), {code: 5, reason: ['virsh is not installed: no guest can be started here; install libvirt-clients']});
	t.match(await here.act('monitor', {OCF_RESKEY_CRM_meta_interval: '0'}), {code: 7, reason: []});
	t.match(await here.act('stop'), {code: 0});
});

t.test('validate-all tells what will hurt', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	here.put(`/guests/${uuid(1)}/autostart`, '');
	here.guest(2, 'bystander', '/var/x.img');
	here.put(`/guests/${uuid(2)}/autostart`, '');
	here.put('/etc/systemd/system/multi-user.target.wants/libvirt-guests.service', '');
	const {code, stderr} = await here.act('validate-all');
	t.equal(code, 0);
	t.match(stderr, `web has autostart set and would start at boot, on both nodes: virsh autostart --disable --domain ${uuid(1)}`);
	t.notMatch(stderr, 'bystander');
	t.match(stderr, 'systemctl disable libvirt-guests');
});
