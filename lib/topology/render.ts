import {cib} from './cib.ts';
import {corosync} from './corosync.ts';
import {drbdResource} from './drbd.ts';
import type {Topology, TopologyNode} from './schema.ts';
import {SETUP, setup} from './setup.ts';
import {crm, pcs} from './shells.ts';

/** A file of a node: its text, or where it points to. */
export interface Rendered {
	path: string;
	text: string;
	/** A unit is masked by a link to /dev/null. */
	link?: true;
	mode: number;
}

const open = (path: string, text: string): Rendered => ({path, text, mode: 0o644});
const locked = (path: string, text: string): Rendered => ({path, text, mode: 0o600});
const UNITS = '/etc/systemd/system';
const masked = (unit: string): Rendered => ({path: `${UNITS}/${unit}`, text: '/dev/null', link: true, mode: 0o777});

/** Only an order, nothing is started by it: Pacemaker stops before what its resources need, and brings guests down itself before libvirt's own unit does. */
const order = (units: string[]): string =>
	`# written by twinpool configure: Pacemaker starts after these, so it stops before them\n[Unit]\nAfter=${units.join(' ')}\n`;

/** Nothing but the cluster imports the pool, or brings up DRBD. A pool of this node alone still has to come at boot, by its cachefile. */
function boot({storage, nodes}: Topology): Rendered[] {
	if (storage.kind === 'gluster') {
		return [];
	}
	const local = nodes.some(({disk}) => disk?.startsWith('/dev/zvol/'));
	return [
		masked('zfs-import-scan.service'),
		...(local ? [] : [masked('zfs-import-cache.service')]),
		...(storage.kind === 'drbd' ? [masked('drbd.service')] : []),
	];
}

function stored(topology: Topology, {name}: TopologyNode): Rendered[] {
	const {storage} = topology;
	if (storage.kind === 'drbd') {
		return [open(`/etc/drbd.d/${storage.resource}.res`, drbdResource(topology, storage))];
	}
	return storage.kind === 'iscsi-mirror' ? [locked('/etc/iscsi/initiatorname.iscsi', `InitiatorName=${storage.iqn}:${name}\n`)] : [];
}

/** A pool of libvirt's on the mount, without autostart: what it would find at boot is the empty mount point. */
function libvirt({storage, guests}: Topology): Rendered[] {
	if (!guests) {
		return [];
	}
	const [name, path] = storage.kind === 'gluster' ? [storage.volume, storage.mountpoint] : [storage.pool, `/${storage.pool}`];
	return [
		locked(
			'/etc/twinpool/libvirt.xml',
			`<pool type='dir'>\n  <name>${name}</name>\n  <target>\n    <path>${path}</path>\n  </target>\n</pool>\n`,
		),
		open(`${UNITS}/resource-agents-deps.target.d/twinpool-guests.conf`, order(['libvirtd.service', 'libvirt-guests.service'])),
	];
}

/** Every file of a node, by path: the same text for the same topology, always. */
export function render(topology: Topology, node: TopologyNode): Rendered[] {
	const cluster = cib(topology);
	return [
		open('/etc/corosync/corosync.conf', corosync(topology)),
		...stored(topology, node),
		...boot(topology),
		...libvirt(topology),
		locked('/etc/twinpool/cluster.crm', crm(cluster)),
		locked('/etc/twinpool/cluster.pcs', pcs(cluster)),
		locked(SETUP, setup(topology, node)),
	].sort((one, two) => (one.path < two.path ? -1 : 1));
}
