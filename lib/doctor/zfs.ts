import type {Facts} from './facts.ts';
import {type HostCheck, when} from './finding.ts';

const kernelName = ({record}: Facts, device: string): string => record.devices[device] ?? device.replace(/^.*\//u, '');

/** The zvol that a pool's device is, or stands on by way of DRBD; nothing when there is none. */
function zvolBelow(facts: Facts, device: string): string | undefined {
	const name = kernelName(facts, device);
	if (/^zd\d/u.test(name) || device.startsWith('/dev/zvol/')) {
		return device;
	}
	const below = (facts.drbd ?? []).flatMap(({hosts}) => hosts.flatMap(({disks}) => disks));
	const lower = below.filter(one => one.device === device || kernelName(facts, one.device) === name).map(({disk}) => disk);
	return lower.find(disk => disk.startsWith('/dev/zvol/') || /^zd\d/u.test(kernelName(facts, disk)));
}

/** DRBD's lower disks that are zvols: whatever pool is made on them. */
const onZvols = (facts: Facts): {what: string; zvol: string}[] => {
	const pools = [...facts.vdevs].filter(([pool]) => facts.moving.includes(pool));
	const found = pools.flatMap(([pool, devices]) =>
		devices.flatMap(device => {
			const zvol = zvolBelow(facts, device);
			return zvol === undefined ? [] : [{what: `pool ${pool} on ${device}`, zvol}];
		}),
	);
	return found;
};

export const ZFS: readonly HostCheck[] = [
	{
		name: 'no host id',
		severity: 'loss',
		of: 'host',
		look: facts =>
			when(
				facts.moving.length > 0 && facts.record.hostid === 0,
				'this host has no host id (it is 0)',
				'the label of a pool does not tell who has it: an import on the other host is not refused, and multihost=on does not work',
				'zgenhostid, on every host that has none; then export and import the pool once',
			),
	},
	{
		name: 'in the cache file',
		severity: 'loss',
		of: 'host',
		look: ({record, moving}) =>
			record.cached
				.filter(pool => moving.includes(pool))
				.flatMap(pool =>
					when(
						true,
						`/etc/zfs/zpool.cache names ${pool}`,
						'it is imported when this host boots, whoever has it meanwhile',
						`zpool set cachefile=none ${pool}, where it is imported; elsewhere, when it names nothing else, rm /etc/zfs/zpool.cache`,
					),
				),
	},
	{
		name: 'imported at boot',
		severity: 'loss',
		of: 'host',
		look: ({record, moving}) =>
			when(
				record.units['zfs-import-scan.service'] === 'enabled' && record.cached.length === 0 && moving.length > 0,
				'zfs-import-scan.service is enabled, and there is no cache file: it imports every pool that it finds',
				`a host that boots imports ${moving.join(' and ')} beside the cluster, where a disk of it is in reach`,
				'systemctl mask zfs-import-scan.service',
			),
	},
	{
		name: 'errors to guests',
		severity: 'loss',
		of: 'host',
		look: ({properties, moving}) =>
			moving
				.filter(pool => properties.get(pool)?.get('failmode') === 'continue')
				.flatMap(pool =>
					when(
						true,
						`failmode of ${pool} is continue`,
						'when its device goes, guests get I/O errors instead of waiting for the failover: their file systems turn read-only',
						`zpool set failmode=wait ${pool}`,
					),
				),
	},
	{
		name: 'pool on a zvol',
		severity: 'stuck',
		of: 'host',
		look: facts =>
			onZvols(facts).flatMap(({what, zvol}) =>
				when(
					true,
					`${what} lies on the zvol ${zvol}: a pool on a pool`,
					'it can deadlock when memory is short (openzfs/zfs#4694, #6065), and writes everything twice',
					'a partition or a logical volume below it; else cap zfs_arc_max, primarycache=metadata on the zvol, and a fifth of the lower pool free',
				),
			),
	},
	{
		name: 'held by another layer',
		severity: 'stuck',
		of: 'host',
		look(facts) {
			const {record, moving, vdevs, drbd} = facts;
			const zvols = record.zvols.filter(({path}) => moving.some(pool => path.startsWith(`/dev/zvol/${pool}/`)));
			const disks = (drbd ?? []).flatMap(({hosts}) => hosts.flatMap(host => host.disks.map(({disk}) => disk)));
			const ours = [
				...zvols,
				...[...moving.flatMap(pool => vdevs.get(pool) ?? []), ...disks].map(path => ({path, device: kernelName(facts, path)})),
			];
			return record.holders.flatMap(({device, kind}) => {
				const held = ours.find(one => one.device === device);
				return when(
					held !== undefined,
					`${kind} holds ${held?.path}`,
					'a pool, or a DRBD device, that is in use cannot be let go: the stop fails, and the node is fenced',
					kind.startsWith('multipath')
						? `blacklist { devnode "^(zd|drbd)[0-9]" } in /etc/multipath.conf; multipath -f ${kind.split(' ')[1]}`
						: `global_filter = [ "r|/dev/zd.*|", "r|/dev/zvol/.*|", "r|/dev/drbd.*|" ] in /etc/lvm/lvm.conf; dmsetup remove ${kind.split(' ')[1] ?? kind}`,
				);
			});
		},
	},
	{
		name: 'exported beside the cluster',
		severity: 'stuck',
		of: 'host',
		look({record, moving, cluster}) {
			const managed = (cluster?.primitives ?? [])
				.filter(({agent}) => agent === 'ocf:heartbeat:iSCSILogicalUnit')
				.map(({parameters}) => parameters.get('path') ?? '');
			return record.stores
				.map(store => {
					// By whichever name of it.
					const zvol = record.zvols.find(({path, device}) => [path, `/dev/${device}`].includes(store.device));
					return {...store, device: zvol?.path ?? store.device};
				})
				.filter(({device}) => moving.some(pool => device.startsWith(`/dev/zvol/${pool}/`)) && !managed.includes(device))
				.flatMap(({name, device, saved}) =>
					when(
						true,
						`LIO ${saved ? 'exports at boot' : 'has'} ${device} (${name}), and no resource of the cluster does`,
						'for as long as it stands the pool cannot be exported: the stop fails, and the node is fenced',
						`targetcli /backstores/block delete ${name.split(/[/ ]/u)[saved ? 0 : 1]}; targetcli saveconfig`,
					),
				);
		},
	},
	{
		name: 'two versions of ZFS',
		severity: 'stuck',
		of: 'host',
		look({record}) {
			const said = record.tools.zfs && 'exit' in record.tools.zfs ? record.tools.zfs.stdout : '';
			const [, tools, kernel] = /^zfs-(\d+\.\d+)\S*\nzfs-kmod-(\d+\.\d+)/mu.exec(said) ?? [];
			return when(
				tools !== undefined && tools !== kernel,
				`the zpool command is of ${tools}, and the module of ${kernel}`,
				'commands of one version with the module of another one may fail, in the middle of a failover',
				'boot into the module that was installed last (dkms status), the node without the pool first',
			);
		},
	},
];
