import type {Storage, Topology} from './schema.ts';
import {FENCE_PEER, timing} from './timing.ts';

const HANDLERS = ['fence-peer', 'unfence-peer', 'before-resync-target', 'after-resync-target', 'split-brain', 'out-of-sync'];

/** /etc/drbd.d/RESOURCE.res, the same on both nodes. What only DRBD 9 knows is left out for 8.4, which would refuse the file. */
export function drbdResource(topology: Topology, {resource, version, minor, port}: Storage<'drbd'>): string {
	const nine = version === 9;
	const fencing = 'fencing resource-and-stonith;';
	const {fencePeer} = timing(topology);
	const longer = fencePeer > FENCE_PEER ? ` --timeout ${fencePeer}` : '';
	const program = (event: string): string => `/usr/lib/drbd/twinpool-${event}${event === 'fence-peer' ? longer : ''}`;
	const hosts = topology.nodes.map(
		({name, storage, disk}, index) =>
			`	on ${name} {\n${nine ? `		node-id ${index};\n` : ''}		disk ${disk};\n		address ${storage}:${port};\n	}`,
	);
	return `# written by twinpool configure
resource ${resource} {
	device /dev/drbd${minor};
	meta-disk internal;
${nine ? '	options {\n		auto-promote no;	# Pacemaker alone promotes\n	}\n' : ''}	net {
		protocol C;
${nine ? `		${fencing}\n` : ''}	}
${nine ? '' : `	disk {\n		${fencing}\n	}\n`}	handlers {
${HANDLERS.map(event => `		${event} "${program(event)}";`).join('\n')}
	}
${hosts.join('\n')}
}
`;
}
