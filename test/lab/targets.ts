/** What may be wrong with a leg's target, how it is made, and what the agent has to say of it. */
import {address, disks, initiatorOf, type Node, targetOf} from './config.ts';
import {cut, join, throttle} from './links.ts';
import {legSeen} from './mirror.ts';
import {put, sh} from './ssh.ts';
import {until} from './wait.ts';

export interface Fault {
	readonly what: string;
	/** What is said while the pool runs, and then by a start. */
	readonly says: RegExp;
	/** `peer` has the target, `node` the pool. */
	spoil(peer: Node, node: Node): Promise<unknown>;
	mend(peer: Node, node: Node): Promise<unknown>;
	/** A start leaves the leg out, and says so; where only a start says it, a running leg has nothing wrong. */
	readonly startOnly?: true;
	/** Seconds that a write may wait: with a target that answers, on a disk that does not, the kernel tries each of its recoveries first (10 s), and only then is the leg lost: 12.8 to 17.4 were seen. */
	readonly longest?: number;
}

const group = (peer: Node): string => `/sys/kernel/config/target/iscsi/${targetOf(peer)}/tpgt_1`;
const acl = (peer: Node, node: Node): string => `${group(peer)}/acls/${initiatorOf(node)}`;
const hang = (peer: Node): string => `echo 0 >${group(peer)}/enable`;
const enable = (peer: Node): string => `echo 1 >${group(peer)}/enable`;
/** Every session ends, and none is taken up again: a target that is back at once may find the initiator with the old one still. */
async function throwOut(peer: Node, node: Node): Promise<void> {
	await sh(peer, hang(peer));
	await until('the leg let go', 60, async () => /^none /u.test((await legSeen(node))?.words ?? ''), 500);
	await sh(peer, enable(peer));
}
const unmap = (peer: Node, node: Node): string =>
	`find ${acl(peer, node)}/lun_0 -maxdepth 1 -type l -delete; rmdir ${acl(peer, node)}/lun_0`;
const map = (peer: Node, node: Node, unit = 'lun_0'): string =>
	`mkdir -p ${acl(peer, node)}/lun_0 && ln -s ${group(peer)}/lun/${unit} ${acl(peer, node)}/lun_0/leg`;
const spare = '/sys/kernel/config/target/core/iblock_99/spare';
const offerSpare = (peer: Node): string =>
	`mkdir -p ${spare} && echo udev_path=${disks.spare} >${spare}/control && echo 1 >${spare}/enable && mkdir ${group(peer)}/lun/lun_9 && ln -s ${spare} ${group(peer)}/lun/lun_9/spare`;
const dropSpare = (peer: Node): string => `rm ${group(peer)}/lun/lun_9/spare; rmdir ${group(peer)}/lun/lun_9 ${spare} ${spare}/..`;
const password = (peer: Node, node: Node, secret: string): string => `printf %s ${secret} >${acl(peer, node)}/auth/password`;
const names = '/etc/iscsi/initiatorname.iscsi';

export const faults: readonly Fault[] = [
	{
		what: 'target dead',
		says: /(gives no answer|is out of reach): the peer or the link to it is down/u,
		spoil: peer => cut(peer, 'storage'),
		mend: peer => join(peer, 'storage'),
	},
	{
		what: 'portal refused',
		says: /refuses the connection: no target listens there/u,
		spoil: peer => sh(peer, `rmdir ${group(peer)}/np/${address('storage', peer)}:3260; ${hang(peer)}; ${enable(peer)}`),
		mend: peer => sh(peer, `mkdir ${group(peer)}/np/${address('storage', peer)}:3260`),
	},
	{
		what: 'target disabled',
		says: /gave no answer to the login/u,
		spoil: peer => sh(peer, hang(peer)),
		mend: peer => sh(peer, enable(peer)),
	},
	{
		what: 'LUN gone',
		says: /the unit behind it has gone|the target does not offer it to this host/u,
		spoil: (peer, node) => sh(peer, unmap(peer, node)),
		mend: (peer, node) => sh(peer, map(peer, node)),
	},
	{
		what: 'session there, no disk',
		says: /is logged in, but unit 0 of it has no disk here/u,
		spoil: async (peer, node) => {
			await sh(peer, unmap(peer, node));
			await throwOut(peer, node);
		},
		mend: (peer, node) => sh(peer, map(peer, node)),
	},
	{
		what: 'LUN of another pool',
		says: /belongs to pool other \(exported\), not to tank/u,
		spoil: async (peer, node) => {
			const offer = `zpool create -f other ${disks.spare} && zpool export other && ${offerSpare(peer)} && ${unmap(peer, node)}`;
			await sh(peer, `${offer}; ${map(peer, node, 'lun_9')}`, 120);
			await throwOut(peer, node);
		},
		mend: (peer, node) => sh(peer, `${unmap(peer, node)}; ${map(peer, node)}; ${dropSpare(peer)}; ${hang(peer)}; ${enable(peer)}`),
	},
	{
		what: 'a blank LUN',
		says: /is blank: "zpool replace tank" takes it into the mirror, if that is meant/u,
		spoil: async (peer, node) => {
			const offer = `blkdiscard -zf ${disks.spare}; blockdev --rereadpt ${disks.spare}; ${offerSpare(peer)} && ${unmap(peer, node)}`;
			await sh(peer, `${offer}; ${map(peer, node, 'lun_9')}`, 300);
			await throwOut(peer, node);
		},
		mend: (peer, node) => sh(peer, `${unmap(peer, node)}; ${map(peer, node)}; ${dropSpare(peer)}; ${hang(peer)}; ${enable(peer)}`),
	},
	{
		what: 'CHAP wrong',
		says: /is in no ACL of the target, or CHAP is wrong/u,
		spoil: (peer, node) => sh(peer, `${password(peer, node, 'not-that-secret')}; ${hang(peer)}; ${enable(peer)}`),
		mend: (peer, node) => sh(peer, password(peer, node, 'a-secret-of-ours')),
	},
	{
		what: "initiator's name is the other host's",
		says: /which is this host's own name: give each host one of its own/u,
		startOnly: true,
		spoil: async (peer, node) => {
			await put(node, names, `InitiatorName=${initiatorOf(peer)}\n`, '600');
			await sh(node, 'systemctl restart iscsid');
		},
		mend: async (_peer, node) => {
			await put(node, names, `InitiatorName=${initiatorOf(node)}\n`, '600');
			await sh(node, 'systemctl restart iscsid');
		},
	},
	{
		what: "the target's disk hangs",
		longest: 20,
		says: /gave no answer (within|to the login)|right after its login, while/u,
		spoil: peer => throttle(peer, 'data', 1),
		mend: peer => throttle(peer, 'data', 0),
	},
];
