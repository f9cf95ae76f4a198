import {each, edit} from './drbd.ts';
import {type HostCheck, when} from './finding.ts';

/** Names that the kernel gives in the order in which it finds disks. */
const UNSTABLE = /^\/dev\/(sd[a-z]+|hd[a-z]|nvme\d+n\d+)(p?\d+)?$/u;

/** How DRBD comes up here, and what it does when the peer or a disk hangs. */
export const RESOURCES: readonly HostCheck[] = [
	{
		name: 'refused configuration',
		severity: 'stuck',
		of: 'host',
		look({record}) {
			const {dump} = record.tools;
			const refused = dump && 'exit' in dump && dump.exit !== 0;
			const lines = refused ? dump.stderr.split('\n').map(line => line.trim()) : [];
			const said = lines
				.filter(line => line !== '' && !/^(found|PRETENDING)/u.test(line))
				.slice(0, 2)
				.join(' ');
			return when(
				refused === true,
				`drbdadm refuses the configuration: ${said.slice(0, 240)}`,
				'DRBD can be neither brought up nor promoted here, and nothing else of its configuration was examined',
				'correct what it names; drbdadm dump tells when it is well',
			);
		},
	},
	{
		name: 'not for this host',
		severity: 'stuck',
		of: 'host',
		look: each(({name, hosts}, {record}) =>
			when(
				hosts.length > 0 && !hosts.some(host => host.name === record.name || host.name === '_this_host'),
				`${name} has no "on ${record.name}" section, only ${hosts.map(host => `on ${host.name}`).join(' and ')}`,
				'drbdadm ignores the resource here: a section is named after the host (uname -n), not after a role',
				`on ${record.name} { ... } in its place, on both hosts`,
			),
		),
	},
	{
		name: 'disk by number',
		severity: 'stuck',
		of: 'host',
		look: each(({name, hosts}, {record}) =>
			hosts
				.filter(host => host.name === record.name || !hosts.some(other => other.name === record.name))
				.flatMap(({disks}) => disks)
				.filter(({disk}, index, all) => UNSTABLE.test(disk) && all.findIndex(other => other.disk === disk) === index)
				.flatMap(({disk}) =>
					when(
						true,
						`${name} is on ${disk}`,
						'after a boot that finds the disks in another order this is another disk: DRBD finds no metadata on it, and does not come up',
						`its name in /dev/disk/by-id: ls -l /dev/disk/by-id | grep ${disk.replace('/dev/', '')}$`,
					),
				),
		),
	},
	{
		name: 'never gives up a peer',
		severity: 'stuck',
		of: 'host',
		look: each(resource =>
			when(
				resource.option('net', 'ko-count') === '0',
				`${resource.name} has ko-count 0`,
				'a peer whose disk hangs while its network answers holds every write here for ever',
				edit(resource, 'net { ko-count 7; }, the default'),
			),
		),
	},
	{
		name: 'disk errors passed on',
		severity: 'stuck',
		of: 'host',
		look: each(resource =>
			when(
				resource.option('disk', 'on-io-error') === 'pass_on',
				`${resource.name} has on-io-error pass_on`,
				'an error of the disk below reaches the pool, which is suspended by it, instead of the peer taking over the reads',
				edit(resource, 'disk { on-io-error detach; }, the default'),
			),
		),
	},
	{
		name: 'brought up at boot',
		severity: 'stuck',
		of: 'host',
		look: ({record, cluster}) =>
			when(
				record.replicates && cluster !== undefined && record.units['drbd.service'] === 'enabled',
				'drbd.service is enabled',
				'at boot it brings DRBD up and waits for the peer, before the cluster is there to decide: it is for hosts without one',
				'systemctl mask drbd.service',
			),
	},
];
