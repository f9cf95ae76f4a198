import {existsSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {cib} from '../fake/captured.ts';
import {domain, type Libvirt, libvirt, uuid} from '../fake/libvirtd.ts';

const STORE = '/tank/.twinpool/guests';
const owned = (here: Libvirt, host: string): void => {
	here.put(`${STORE}/${uuid(1)}.xml`, domain(1, 'web', '/tank/vm/web.img'));
	here.put(`${STORE}/owner.json`, `{"host":"${host}","node":"${host}","boot":"boot-0"}\n`);
};
const cluster = (here: Libvirt, text: string): void => {
	writeFileSync(`${here.root}/cib.xml`, text);
	writeFileSync(`${here.root}/bin/cibadmin`, `#!/bin/sh\nexec cat ${here.root}/cib.xml\n`);
};
const PEER = {OCF_RESKEY_peer_uri: 'qemu+ssh://bravo/system'};

t.test('after another host had them nothing starts, until it is known that it let go', async t => {
	const here = libvirt(t);
	owned(here, 'bravo');
	const refused = await here.act('start');
	t.match(refused, {code: 1, reason: [/^the guests were last run by bravo, which is not known to have let go of them/u]});
	t.notOk(here.calls().some(call => /start|define/u.test(call)));
	cluster(here, cib({bravo: 'member'}));
	t.equal((await here.act('start')).code, 1, 'it is in the cluster, and nobody says that it stopped them');
	cluster(here, cib({bravo: 'lost'}));
	t.equal((await here.act('start')).code, 1, 'it is out of sight, and not fenced');
	cluster(here, cib({bravo: 'fenced'}));
	t.match(await here.act('start'), {code: 0, stderr: /the guests are taken from bravo/u});
	t.equal(here.state(1), '1 1');
});

t.test('back in the cluster, and recorded as stopped there', async t => {
	const here = libvirt(t);
	owned(here, 'bravo');
	const record = (operation: string, code: number): string =>
		cib({bravo: 'member'}).replace(
			/(<node_state id="2"[\s\S]*?<lrm_resources>)/u,
			`$1<lrm_resource id="vms" type="guests" class="ocf" provider="twinpool"><lrm_rsc_op id="vms_last_0" operation="${operation}" call-id="99" rc-code="${code}" op-status="0"/></lrm_resource>`,
		);
	cluster(here, record('start', 0));
	t.equal((await here.act('start')).code, 1);
	cluster(here, record('stop', 0));
	t.match(await here.act('start'), {code: 0, stderr: /bravo is in the cluster without them/u});
});

t.test('our own note is no obstacle', async t => {
	const here = libvirt(t);
	owned(here, 'alpha');
	t.equal((await here.act('start')).code, 0);
	t.ok(existsSync(`${here.root}${STORE}/owner.json`));
});

t.test('a guest that is active on the peer is never started', async t => {
	const here = libvirt(t);
	owned(here, 'alpha');
	here.put('/peer', `${uuid(9)}\n${uuid(1)}\n\n`);
	t.match(await here.act('start', PEER), {code: 1, reason: ['active on the peer (qemu+ssh://bravo/system), so not started here: web']});
	t.equal(here.state(1), '', 'not even defined');
	here.put('/peer', `${uuid(9)}\n\n`);
	t.equal((await here.act('start', PEER)).code, 0);
});

t.test('the peer’s libvirt says that they are not active: that settles it, and its silence does not', async t => {
	const here = libvirt(t);
	owned(here, 'bravo');
	t.match(await here.act('start', PEER), {code: 1, reason: [/last run by bravo.*failed to connect/u]});
	here.put('/peer', '\n');
	t.equal((await here.act('start', PEER)).code, 0);
	const other = libvirt(t);
	owned(other, 'alpha');
	t.match(await other.act('start', PEER), {code: 0, stderr: /the peer's libvirt was not asked/u}, 'nobody else had them');
});

t.test('the storage must take the note', async t => {
	const here = libvirt(t);
	here.guest(1, 'web', '/tank/vm/web.img');
	here.put('/tank/.twinpool', 'a file in the way');
	t.equal((await here.act('start')).code, 1);
	t.equal(here.state(1), '5 0');
});
