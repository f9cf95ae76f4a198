// The way to a hypervisor, from its URI or from fence_virsh's parameters.
import t from 'tap';
import {whereOf} from '../../lib/fence/libvirt/where.ts';

const none = {uri: '', ip: '', ipport: 22, username: '', identity_file: ''};
const ssh = {user: '', port: '', key: '', knownHosts: '', command: ''};

t.test('this host', async t => {
	t.same(whereOf(none), {name: 'of this host', uri: 'qemu:///system', local: true});
	for (const uri of ['qemu:///session', 'qemu+unix:///system?socket=/run/other', 'test:///default']) {
		t.match(whereOf({...none, uri}), {uri, local: true});
	}
});

t.test('over ssh virsh runs on the other side', async t => {
	t.same(whereOf({...none, uri: 'qemu+ssh://root@host-1.example:2222/system?keyfile=/k&known_hosts=/h&no_tty=1'}), {
		name: 'host-1.example',
		uri: 'qemu:///system',
		ssh: {...ssh, host: 'host-1.example', user: 'root', port: '2222', key: '/k', knownHosts: '/h'},
		local: false,
	});
	t.match(whereOf({...none, uri: 'qemu+ssh://h/session?socket=/a b'.replace(' ', '%20')}), {uri: 'qemu:///session?socket=%2Fa%20b'});
	t.match(whereOf({...none, uri: 'qemu+ssh://h', username: 'u', identity_file: '/k'}), {
		uri: 'qemu:///system',
		ssh: {host: 'h', user: 'u', key: '/k'},
	});
	t.match(whereOf({...none, uri: 'qemu+ssh://me%40there@[fd00::1]/system'}), {name: '[fd00::1]', ssh: {host: 'fd00::1', user: 'me@there'}});
});

t.test("fence_virsh's parameters", async t => {
	t.match(whereOf({...none, ip: '192.0.2.1', ipport: 2222, username: 'root', identity_file: '/k'}), {
		name: '192.0.2.1',
		uri: 'qemu:///system',
		ssh: {...ssh, host: '192.0.2.1', user: 'root', port: '2222', key: '/k'},
	});
	t.match(whereOf({...none, ip: 'fd00::1'}), {ssh: {host: 'fd00::1'}});
});

t.test("libvirt's own protocol over TLS", async t => {
	const uri = 'qemu+tls://host.example:16514/system?pkipath=/etc/pki/fence';
	t.same(whereOf({...none, uri}), {name: 'host.example', uri, local: false});
});

t.test('what it does not take', async t => {
	for (const [uri, says] of [
		['system', /expected a URI/u],
		['qemu://host/system', /expected a local one, \+ssh or \+tls/u],
		['qemu+tcp://host/system', /expected a local one, \+ssh or \+tls/u],
		['qemu+tls:///system', /expected a local one, \+ssh or \+tls/u],
		['qemu+ssh:///system', /the name or address of a host/u],
		['qemu+ssh://root:word@host/system', /without a password/u],
		['qemu+ssh://-oProxyCommand=x/system', /the name or address of a host/u],
		['qemu+ssh://-oProxyCommand=x@host/system', /a login name/u],
		['qemu+ssh://%zz@host/system', /not properly escaped/u],
		['qemu+ssh://host/system?no_verify=1', /anybody answer for the hypervisor/u],
		['qemu+tls://host/system?no_verify=1', /anybody answer for the hypervisor/u],
		['qemu+tls://host/system?No_Verify=2', /anybody answer for the hypervisor/u],
		['qemu+tls://host/system?no_verify=0&no_verify=1', /anybody answer for the hypervisor/u],
		['qemu+ssh://host/system?colour=blue', /"colour" has no meaning over ssh/u],
		['qemu:///system; reboot', /expected a URI/u],
	] as const) {
		t.throws(() => whereOf({...none, uri}), {kind: 'options', message: says}, uri);
	}
	t.throws(() => whereOf({...none, uri: 'qemu:///system', ip: 'h'}), {message: /expected one of them, got both/u});
	t.throws(() => whereOf({...none, ip: '-oProxyCommand=x'}), {message: /the name or address of a host/u});
});
