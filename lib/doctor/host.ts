import {compare} from '../drbd/config.ts';
import {places, within} from './facts.ts';
import {type HostCheck, when} from './finding.ts';

export const HOST: readonly HostCheck[] = [
	{
		name: 'started by libvirt',
		severity: 'loss',
		of: 'host',
		look: facts =>
			facts.record.autostart.flatMap(({name, disks}) => {
				const disk = disks.find(one => places(facts).some(place => within(one, place)));
				return when(
					disk !== undefined,
					`libvirt starts the guest ${name} at boot, and its disk ${disk} is on the storage that moves`,
					'a host that boots starts it while it may run on the other one',
					`virsh autostart --disable ${name}: ocf:twinpool:guests starts it where the storage is`,
				);
			}),
	},
	{
		name: 'code on the storage',
		severity: 'stuck',
		of: 'host',
		look: ({record, moving}) =>
			record.code
				.filter(
					({mount: {type, source}}) =>
						type === 'fuse.glusterfs' || (type === 'zfs' && moving.some(pool => source === pool || source.startsWith(`${pool}/`))),
				)
				.flatMap(({path, mount}) =>
					when(
						true,
						`${path} is on ${mount.source} (${mount.point}), which moves`,
						'it is not there, or hangs, at the very moment in which it is needed: while the storage moves',
						`${path} on a disk of this host: move it, and mount ${mount.source} elsewhere`,
					),
				),
	},
	{
		name: 'attributes in directories',
		severity: 'slow',
		of: 'host',
		look: ({attributes, record}) =>
			[...attributes]
				.filter(([, has]) => has.get('xattr') === 'dir' || (has.get('xattr') === 'on' && compare(record.texts.zfs ?? '', '2.3.0') < 0))
				.flatMap(([dataset, has]) =>
					when(
						true,
						`${dataset}, which has a brick, has xattr=${has.get('xattr')}`,
						"each of Gluster's records of what has to be healed is a hidden directory and a file: every write takes several, and a heal after a failover crawls",
						`zfs set xattr=sa acltype=posixacl ${dataset}, before the brick is filled: it is for new files`,
					),
				),
	},
	{
		name: 'mounted from one host',
		severity: 'slow',
		of: 'host',
		look: ({record}) =>
			record.mounts
				.filter(({type, point}) => type === 'fuse.glusterfs' && !record.clients.some(one => one.point === point && one.servers > 1))
				.flatMap(({point, source}) => {
					const server = source.slice(0, source.lastIndexOf(':/'));
					const own = server === 'localhost' || record.addresses.includes(server) || server.split('.')[0] === record.name.split('.')[0];
					return when(
						server !== '' && !own,
						`${point} is mounted from ${server}`,
						'it cannot be mounted while that host is away, and takes up its options from there alone',
						`localhost:${source.slice(server.length + 1)} at ${point}: every node from its own glusterd, as ocf:twinpool:gluster does`,
					);
				}),
	},
];
