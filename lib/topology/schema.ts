import * as z from 'zod/mini';

/** What the manual says of a key: beside its schema, so that neither can be changed alone. */
export const about = z.registry<{says: string}>();
const key = <T extends z.ZodMiniType>(schema: T, says: string): T => {
	about.add(schema, {says});
	return schema;
};

/** A word that is safe in every file and shell line it is written to: what could be more than a word there never passes. */
const word = (pattern: RegExp, what: string): z.ZodMiniString => {
	const error = `expected ${what}`;
	return z.string({error}).check(z.regex(pattern, {error}));
};
const whole = (least: number, most: number): z.ZodMiniNumber => {
	const error = `expected a whole number, ${least} to ${most}`;
	return z.int({error}).check(z.gte(least, {error}), z.lte(most, {error}));
};
const section = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodMiniObject<T, z.core.$strict> =>
	z.strictObject(shape, {error: `expected a mapping with ${Object.keys(shape).join(', ')}`}) as z.ZodMiniObject<T, z.core.$strict>;

const name = (what: string): z.ZodMiniString =>
	word(/^[A-Za-z][\w-]{0,62}$/u, `the name of ${what}: a letter, then letters, digits, _ and -`);
const path = (what: string): z.ZodMiniString =>
	word(/^(?!.*\/\.\.?(\/|$))(\/[\w.:+@-]+)+$/u, `the absolute path of ${what}: letters, digits and _ . : + @ - between slashes`);
const address = (): z.ZodMiniString => word(/^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/u, 'an IPv4 address, e.g. 10.77.1.1');
/** A cluster's configuration can be read by all who may look at the cluster. */
const SECRET = /(passwd|password|secret|community)$/u;

const VALUE = 'a number, true or false, or a word without blanks, quotes and shell characters';

const fence = section({
	agent: key(word(/^fence_[\w-]+$/u, 'the name of a fence agent, e.g. fence_libvirt'), 'The fence agent, without "stonith:".'),
	parameters: key(
		z.record(
			word(/^\w+$/u, 'the name of a parameter').check(
				z.refine(given => !SECRET.test(given), {error: 'expected a file instead of a secret, e.g. password_script or identity_file'}),
			),
			z.union([word(/^[\w@%+=:,./?&~-]+$/u, VALUE), z.number({error: `expected ${VALUE}`}), z.boolean({error: `expected ${VALUE}`})], {
				error: `expected ${VALUE}`,
			}),
			{error: 'expected a mapping of parameters, e.g. {uri: qemu+ssh://root@kvm1/system, plug: alpha}'},
		),
		"The agent's parameters. A password has to be in a file that the agent reads: the CIB is no place for it.",
	),
});

const node = section({
	name: key(
		word(/^[a-z][a-z0-9-]{0,62}$/u, 'a host name: a lower case letter, then letters, digits and -'),
		'The name, as "uname -n" prints it.',
	),
	cluster: key(address(), 'Address on the link that corosync uses.'),
	storage: key(address(), 'Address on the link that the data takes: a link of its own.'),
	disk: key(
		z.optional(path('a block device')),
		'The disk or zvol below DRBD, the half of the mirror, or the disk of the local pool below the brick; only there it can be left out, where a pool is there already. A name that lasts: /dev/disk/by-id.',
	),
	fence: key(fence, 'What cuts the power of this node. Required: without fencing nobody knows whether a silent peer is down.'),
});

const pool = (): z.ZodMiniString => key(name('a ZFS pool'), 'The pool that fails over.');
const storages = {
	drbd: section({
		kind: z.literal('drbd'),
		pool: pool(),
		resource: key(name('a DRBD resource'), 'The DRBD resource below the pool.'),
		version: key(z._default(z.literal([8, 9], {error: 'expected 8 (for 8.4) or 9'}), 9), 'The version of the kernel module, 8 (8.4) or 9.'),
		minor: key(z._default(whole(0, 255), 0), 'The number of /dev/drbdN.'),
		port: key(z._default(whole(1024, 65_535), 7788), 'The TCP port.'),
	}),
	'iscsi-mirror': section({
		kind: z.literal('iscsi-mirror'),
		pool: pool(),
		iqn: key(
			word(/^iqn\.\d{4}-\d\d\.[a-z0-9.-]+$/u, 'the beginning of an iSCSI name, e.g. iqn.2026-11.com.example'),
			'What the names of initiators and targets begin with.',
		),
	}),
	gluster: section({
		kind: z.literal('gluster'),
		volume: key(name('a volume'), 'The Gluster volume.'),
		brick: key(
			path('a directory'),
			'The brick on each node, as /POOL/DATASET/DIRECTORY: a directory in a dataset of a local pool, not the dataset itself.',
		),
		mountpoint: key(path('a directory'), 'Where each node mounts the volume.'),
	}),
};
export const KINDS = Object.keys(storages);

const twice = (words: readonly string[]): number => words.findIndex((one, index) => words.indexOf(one) !== index);

/** The topology file. */
export const topology = section({
	cluster: key(name('the cluster'), "The cluster's name."),
	nodes: key(z.array(node, {error: 'expected two nodes'}).check(z.length(2, {error: 'expected two nodes'})), 'The two nodes.'),
	storage: key(
		z.discriminatedUnion(
			'kind',
			Object.values(storages) as [typeof storages.drbd, (typeof storages)['iscsi-mirror'], typeof storages.gluster],
			{
				error: `expected kind: one of ${KINDS.join(', ')}`,
			},
		),
		`What replicates: kind is one of ${KINDS.join(', ')}.`,
	),
	guests: key(
		z.optional(
			section({
				uri: key(
					z._default(word(/^[a-z][a-z+]*:\/\/[\w@.:/-]*$/u, 'a URI of libvirt, e.g. qemu:///system'), 'qemu:///system'),
					'The libvirt that runs the guests.',
				),
				stop_timeout: key(z._default(whole(10, 3600), 90), 'Seconds for a guest to shut down by itself.'),
			}),
		),
		'The libvirt guests that live on the storage, as one resource. Left out: none.',
	),
	timing: key(
		z._default(
			section({
				stall: key(z._default(whole(5, 120), 10), 'Seconds that a write may wait for a half that is gone.'),
				fencing: key(z._default(whole(5, 600), 40), 'Seconds that the slowest fence device needs, under load.'),
				head_start: key(
					z._default(whole(10, 120), 20),
					'Seconds that whoever fences the node with the pool waits: when both links go, that node shoots first. Where both nodes do the same (a volume without guests), the first node of the file has it.',
				),
			}),
			{stall: 10, fencing: 40, head_start: 20},
		),
		'What every timeout follows from.',
	),
}).check(({value, issues}) => {
	const complain = (at: (string | number)[], message: string): void => {
		issues.push({code: 'custom', input: value, path: at, message});
	};
	const named = twice(value.nodes.map(one => one.name));
	if (named >= 0) {
		complain(['nodes', named, 'name'], 'expected another name than the other node has');
	}
	const addresses = value.nodes.flatMap(one => [one.cluster, one.storage]);
	const double = twice(addresses);
	if (double >= 0) {
		complain(['nodes', Math.floor(double / 2), double % 2 === 0 ? 'cluster' : 'storage'], 'expected an address that is used nowhere else');
	}
	if (value.storage.kind === 'gluster' && value.storage.brick.split('/').length < 4) {
		complain(['storage', 'brick'], 'expected /POOL/DATASET/DIRECTORY: a directory in a dataset, which is empty while that is not mounted');
	}
	for (const [index, {disk}] of value.nodes.entries()) {
		if (value.storage.kind !== 'gluster' && disk === undefined) {
			complain(['nodes', index, 'disk'], `expected the block device for ${value.storage.kind}, e.g. /dev/disk/by-id/...`);
		}
	}
});

export type Topology = z.output<typeof topology>;
export type TopologyNode = Topology['nodes'][number];
export type Storage<K extends Topology['storage']['kind']> = Extract<Topology['storage'], {kind: K}>;
