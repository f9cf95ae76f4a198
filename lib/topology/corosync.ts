import type {Topology} from './schema.ts';

/** As it runs in the lab: one link, no key to hand out. */
export const corosync = ({cluster, nodes}: Topology): string => `# written by twinpool configure
totem {
	version: 2
	cluster_name: ${cluster}
	transport: knet
	crypto_cipher: none
	crypto_hash: none
	token: 3000
}
nodelist {
${nodes
	.map(({name, cluster: address}, index) => `	node {\n		ring0_addr: ${address}\n		name: ${name}\n		nodeid: ${index + 1}\n	}`)
	.join('\n')}
}
quorum {
	provider: corosync_votequorum
	two_node: 1
}
logging {
	to_syslog: yes
	timestamp: hires
}
`;
