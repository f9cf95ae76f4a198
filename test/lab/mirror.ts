/** A pool that mirrors a disk of each node, set up by the example that users have, and whether it is whole. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {address, disks, initiatorOf, type Node, other, pool, targetOf} from './config.ts';
import {dataDisk, type Kind} from './kind.ts';
import {ask, both, put, sh} from './ssh.ts';

const script = await readFile(join(import.meta.dirname, '..', '..', 'examples', 'iscsi-export.sh'), 'utf8');
export const secrets = {'leg-secret': 'a-secret-of-ours', 'leg-secret-in': 'one-of-the-peers'};

const exportFrom = (node: Node, disk: string): Promise<string> =>
	sh(node, `/root/iscsi-export.sh ${pool} ${disk} ${address('storage', node)} ${targetOf(node)} ${initiatorOf(other(node))}`, 120);

/** By hand, as an admin makes the pool before there is a cluster. */
export const session = (node: Node): {login: string[]; logout: string[]} => {
	const record = `iscsiadm -m node -T ${targetOf(other(node))} -p ${address('storage', other(node))}`;
	const auth = {
		authmethod: 'CHAP',
		username: 'leg',
		password: secrets['leg-secret'],
		username_in: 'target',
		password_in: secrets['leg-secret-in'],
	};
	return {
		login: [
			`${record} -o new`,
			`${record} -o update ${Object.entries(auth)
				.map(([name, value]) => `-n node.session.auth.${name} -v ${value}`)
				.join(' ')}`,
			`${record} --login`,
			'udevadm settle',
		],
		logout: [`${record} --logout`, `${record} -o delete`],
	};
};

/** ZFS makes no partition on what device-mapper shows, and then must not make one on the other half either: that one has a map for as long. */
const make = (node: Node, disk: string): string[] => {
	const {login, logout} = session(node);
	const wrapped = disk === disks.mapped;
	const map = 'dmsetup create half --table "0 $(blockdev --getsz $leg) linear $leg 0"';
	return [
		...login,
		'leg=$(ls /dev/disk/by-id/wwn-* | grep -v part | head -n 1)',
		...(wrapped ? [map] : []),
		`zpool create -f -m /${pool} -o cachefile=none ${pool} mirror ${disk} ${wrapped ? '/dev/mapper/half' : '$leg'}`,
		`zpool export ${pool}`,
		...(wrapped ? ['udevadm settle', 'dmsetup remove --retry half'] : []),
		...logout,
	];
};

export async function makeMirror(kind: Kind): Promise<void> {
	const disk = dataDisk(kind);
	await both(async node => {
		await put(node, '/etc/iscsi/initiatorname.iscsi', `InitiatorName=${initiatorOf(node)}\n`, '600');
		for (const [name, secret] of Object.entries(secrets)) {
			await put(node, `/etc/twinpool/${name}`, `${secret}\n`, '600');
		}
		await put(node, '/root/iscsi-export.sh', script, '755');
		await sh(node, 'systemctl restart iscsid.socket');
	});
	await exportFrom('bravo', disk);
	await sh('alpha', make('alpha', disk).join(' && '), 300);
	await exportFrom('alpha', disk);
}

/** What the keeper of the leg saw last, on the node that has the pool: its session and its vdev, and a sentence. */
export async function legSeen(node: Node): Promise<{words: string; says: string} | undefined> {
	const {stdout} = await ask(node, `cat /run/twinpool/leg-${pool}.seen`, 30);
	return stdout ? JSON.parse(stdout) : undefined;
}

export const leaseText = (node: Node): Promise<string> => sh(node, `crm_attribute -t crm_config -n twinpool-lease-${pool} -G -q`, 60);

/** The leg has everything, and the cluster knows. */
export async function mirrored(): Promise<boolean> {
	const seen = await both(legSeen);
	const well = seen.filter(one => one?.words.startsWith('LOGGED_IN ') && one.says === 'the leg has everything').length === 1;
	// Asked last: an emulated node that answers questions all the time does little else.
	return well && / behind=$/u.test(await leaseText('alpha'));
}
