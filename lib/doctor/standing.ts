import {type HostCheck, when} from './finding.ts';

/** How things stand at this moment: a failover now would find them so. */
export const STANDING: readonly HostCheck[] = [
	{
		name: 'no second copy',
		severity: 'stuck',
		of: 'host',
		look: ({replication}) =>
			[...replication.values()].flatMap(({name, connection, disk, peerDisk}) => {
				const seen =
					connection === 'Connected'
						? `${name} is ${disk} here and ${peerDisk} on the peer`
						: `${name} is not connected (${connection}), and ${disk} here`;
				return when(
					connection !== 'Connected' || disk !== 'UpToDate' || peerDisk !== 'UpToDate',
					seen,
					'a failover now finds no copy that is up to date on the other side, or has nobody left when this one is lost',
					connection === 'StandAlone'
						? `drbdadm connect ${name}; after a split-brain "man twinpool-handler" says how`
						: `drbdadm status ${name} tells how far the resync is`,
				);
			}),
	},
	{
		name: 'I/O frozen',
		severity: 'stuck',
		of: 'host',
		look: ({replication}) =>
			[...replication.values()].flatMap(({name, suspended}) =>
				when(
					suspended !== 'no',
					`I/O of ${name} is suspended (${suspended})`,
					'whatever uses it waits, and cannot be stopped either',
					suspended === 'user'
						? `drbdadm resume-io ${name}`
						: `why the peer was not fenced: journalctl -t twinpool-fence-peer, stonith_admin --history '*'`,
				),
			),
	},
	{
		name: 'pool not well',
		severity: 'stuck',
		of: 'host',
		look: ({record, moving}) =>
			record.pools
				.filter(({name, state}) => moving.includes(name) && state !== 'ONLINE')
				.flatMap(({name, state}) =>
					when(
						true,
						`pool ${name} is ${state}`,
						state === 'SUSPENDED'
							? 'its writes wait, no zpool command comes back, and it cannot be exported: only a fencing moves it'
							: 'what is missing now is missing after a failover, too; one more that goes may be the last one',
						state === 'SUSPENDED' ? 'bring its devices back and zpool clear it, or fence this node' : `zpool status -v ${name}`,
					),
				),
	},
];
