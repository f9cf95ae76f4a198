import {defineFenceAgent} from '../lib/fence/agent.ts';
import {actions} from '../lib/fence/libvirt/actions.ts';
import {standard} from '../lib/fence/parameters.ts';
import {text} from '../lib/ocf/params.ts';
import packaged from '../package.json' with {type: 'json'};

const {plug, action, ...rest} = standard;

/** `/usr/sbin/fence_libvirt`: STONITH for a cluster node that is a libvirt guest. Takes the parameters of fence_virsh, by the same names. */
export const agent = defineFenceAgent({
	name: 'fence_libvirt',
	version: packaged.version,
	short: 'Fence agent for nodes that are libvirt guests',
	long: `Destroys a guest of libvirt and proves that it is gone, on this host, over ssh or over TLS.
A guest is off when its process was seen to go, or when libvirt says exactly "shut off" and there is no process of it. "paused", "crashed", "in shutdown", a guest that was migrated away, and every word that is not known are not off. The processes can be seen on this host and over ssh.
A reboot is off, proved, and on; it succeeds as soon as off is proved. Over ssh one login is enough for an off with its proof: virsh runs on the other side, where libvirt's clients have to be installed. Logins are by key, and the hypervisor's host key has to be known (known_hosts of the user that runs this, root under Pacemaker).`,
	url: 'https://libvirt.org',
	params: {
		action,
		plug,
		uri: text({
			short: 'URI of the hypervisor',
			long: 'qemu:///system, qemu+ssh://root@host/system or qemu+tls://host/system. Without one it is this host, or what "ip" says.',
		}),
		...rest,
	},
	actions,
});
