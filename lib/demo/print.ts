import {backing} from './fencing.ts';
import type {Host, Resource} from './host.ts';
import {RESOURCE, type World} from './world.ts';

const volumes = ({options}: World): number[] => Array.from({length: options.volumes}, (_, volume) => volume);
const SIZE = 1_048_508;

/** `drbdsetup events2 --now`, in the grammar of the version. */
export function events2(world: World, host: Host, statistics: boolean): string {
	const {resource} = host;
	if (!resource) {
		return 'exists -\n';
	}
	const lines = world.options.drbd === '8.4' ? events84(world, resource, statistics) : events9(world, host, resource, statistics);
	return [...lines, '-'].map(line => `exists ${line}\n`).join('');
}

function events84(world: World, resource: Resource, statistics: boolean): string[] {
	const {role, connection, peerRole, disk, peerDisk, replication, frozen, done} = resource;
	const peer = `peer-node-id:0${connection === 'StandAlone' ? '' : ' conn-name:peer'}`;
	const more = (text: string): string => (statistics ? ` ${text}` : '');
	return [
		`resource name:${RESOURCE} role:${role} suspended:${frozen ? 'fencing' : 'no'}${more('write-ordering:flush')}`,
		`connection name:${RESOURCE} ${peer} connection:${connection} role:${peerRole}${more('congested:no')}`,
		...volumes(world).map(
			volume =>
				`device name:${RESOURCE} volume:${volume} minor:${volume} disk:${disk}${more(`size:${SIZE} read:0 written:0 al-writes:8 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no`)}`,
		),
		...volumes(world).map(
			volume =>
				`peer-device name:${RESOURCE} ${peer} volume:${volume} replication:${replication} peer-disk:${peerDisk} resync-suspended:no${more(`received:0 sent:0 out-of-sync:${oos(resource, done)} pending:0 unacked:0`)}`,
		),
	];
}

function events9(world: World, host: Host, resource: Resource, statistics: boolean): string[] {
	const {role, connection, peerRole, disk, peerDisk, replication, frozen, done} = resource;
	const peer = world.peer(host);
	const to = `peer-node-id:${peer.id} conn-name:${peer.name}`;
	const more = (text: string): string => (statistics ? ` ${text}` : '');
	const may = disk === 'UpToDate' && role === 'Secondary' && peerRole !== 'Primary' ? 'yes' : 'no';
	const syncing = replication.startsWith('Sync') && done > 0 ? ` done:${done.toFixed(2)}` : '';
	return [
		`resource name:${RESOURCE} role:${role} suspended:${frozen ? 'fencing' : 'no'} force-io-failures:no${more('write-ordering:flush')} may_promote:${may} promotion_score:${disk === 'UpToDate' ? 10_101 : 0}`,
		`connection name:${RESOURCE} ${to} connection:${connection} role:${peerRole}${more('congested:no ap-in-flight:0 rs-in-flight:0')}`,
		...volumes(world).map(
			volume =>
				`device name:${RESOURCE} volume:${volume} minor:${volume} backing_dev:${disk === 'Diskless' ? 'none' : backing(volume)} disk:${disk} client:no quorum:yes${more(`size:${SIZE} read:0 written:0 al-writes:8 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no`)}`,
		),
		...volumes(world).map(
			volume =>
				`peer-device name:${RESOURCE} ${to} volume:${volume} replication:${replication} peer-disk:${peerDisk} peer-client:no resync-suspended:no${syncing}${more(`received:0 sent:0 out-of-sync:${oos(resource, done)} pending:0 unacked:0${syncing && ' dbdt1:24.02 eta:79'}`)}`,
		),
		`path name:${RESOURCE} ${to} local:ipv4:${host.address}:7788 peer:ipv4:${peer.address}:7788 established:${connection === 'Connected' ? 'yes' : 'no'}`,
	];
}

const oos = ({replication}: Resource, done: number): number =>
	replication.startsWith('Sync') ? Math.round((SIZE * (100 - done)) / 100) : 0;

/** /proc/drbd: the states on 8.4, only the versions on 9. */
export function procDrbd(world: World, {resource}: Host): string {
	if (world.options.drbd === '9') {
		return 'version: 9.2.8 (api:2/proto:86-122)\nGIT-hash: lab build by @vm, 2026-11-22 14:14:59\nTransports (api:20): tcp (9.2.8)\n';
	}
	const head = 'version: 8.4.11 (api:1/proto:86-101)\nsrcversion: B536C32A3EADA868561EFD9 \n';
	if (!resource) {
		return head;
	}
	const {role, connection, peerRole, disk, peerDisk, frozen, done} = resource;
	const cs = connectionState(resource);
	const protocol = connection === 'StandAlone' ? ' ' : 'C';
	return (
		head +
		volumes(world)
			.map(
				volume => ` ${volume}: cs:${cs} ro:${role}/${peerRole} ds:${disk}/${peerDisk} ${protocol} ${frozen ? 's' : 'r'}-----
    ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:${oos(resource, done)}
`,
			)
			.join('')
	);
}

/** 8.4's one word for connection and replication. */
function connectionState({connection, replication}: Resource): string {
	if (connection === 'Connected') {
		return replication === 'Established' ? 'Connected' : replication;
	}
	return connection === 'Connecting' ? 'WFConnection' : connection;
}

/** The configuration of the resource, as one would write it. */
export function drbdConf(world: World): string {
	return dump(world).split('\n').slice(2).join('\n');
}

/** `drbdadm dump`. */
export function dump(world: World, me = 'alpha'): string {
	const nine = world.options.drbd === '9';
	// drbdadm lines up what stands in the resource's own section further to the right.
	const disks = (indent: string, width: number): string =>
		volumes(world)
			.map(
				volume => `${indent}volume ${volume} {
${indent}    ${'device'.padEnd(width)}/dev/drbd${volume} minor ${volume};
${indent}    ${'disk'.padEnd(width)}${backing(volume)};
${indent}    ${'meta-disk'.padEnd(width)}internal;
${indent}}
`,
			)
			.join('');
	const hosts = Object.values(world.hosts)
		.map(
			({name, id, address}) => `    on ${name} {
${nine ? `        node-id ${id};\n` : disks('        ', 13)}        address          ipv4 ${address}:7788;
    }
`,
		)
		.join('');
	const fencing = '        fencing          resource-and-stonith;\n';
	const two = world.options.allowTwoPrimaries ? '        allow-two-primaries yes;\n' : '';
	const events = ['fence-peer', 'unfence-peer', 'after-resync-target'];
	return `# resource ${RESOURCE} on ${me}: not ignored, not stacked
# defined at /etc/drbd.conf:1
resource ${RESOURCE} {
${nine ? disks('    ', 17) : ''}${hosts}    net {
        protocol           C;
${two}${nine ? fencing : ''}    }
${nine ? '' : `    disk {\n${fencing}    }\n`}    handlers {
${events.map(event => `        ${event.padEnd(16)} "/usr/lib/drbd/twinpool-${event}";\n`).join('')}    }
}

`;
}
