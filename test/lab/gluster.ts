/** A volume with a brick on a local pool of each node, and whether both copies are whole. */
import {address, brick, type Node, nodes, volume, volumeMount} from './config.ts';
import {dataDisk, type Kind} from './kind.ts';
import {ask, both, sh} from './ssh.ts';
import {until} from './wait.ts';

/** By hand, as an admin makes it before there is a cluster; with the directory in it that is moved. */
export async function makeVolume(kind: Kind): Promise<void> {
	await both(async node => {
		await sh(node, `zpool create -f -m /brick -o cachefile=none brick ${dataDisk(kind)}`, 120);
		await sh(node, `zfs create -o xattr=sa -o acltype=posixacl brick/data && mkdir -p ${brick} /tank`, 60);
		await sh(node, 'systemctl start glusterd', 120);
	});
	await sh('alpha', `gluster peer probe ${address('storage', 'bravo')}`, 120);
	await until('the peers connected', 60, async () => /Connected/u.test(await sh('alpha', 'gluster peer status')), 1000);
	const bricks = nodes.map(node => `${address('storage', node)}:${brick}`).join(' ');
	await sh('alpha', `gluster --mode=script volume create ${volume} replica 2 ${bricks} force && gluster volume start ${volume}`, 120);
	await sh(
		'alpha',
		`sleep 5; mkdir -p ${volumeMount} && mount -t glusterfs localhost:/${volume} ${volumeMount} && mkdir ${volumeMount}/data && umount ${volumeMount}`,
		120,
	);
}

/** What the keeper saw last. */
export async function volumeSeen(node: Node): Promise<{words: string; says: string} | undefined> {
	const {stdout} = await ask(node, `cat /run/twinpool/gluster-${volume}.seen`, 30);
	return stdout ? JSON.parse(stdout) : undefined;
}

export const volumeLease = (node: Node): Promise<string> =>
	sh(node, `crm_attribute -t crm_config -n twinpool-lease-gluster.${volume} -G -q`, 60);

/** Both copies have everything, and the cluster knows. */
export async function together(): Promise<boolean> {
	const seen = await both(volumeSeen);
	const well = seen.every(one => one?.words === 'together') && / current=alpha,bravo behind=$/u.test(await volumeLease('alpha'));
	return well && (await pending()) === 0;
}

/** The keeper alone; what an earlier one said goes with it. */
export const keeper =
	(verb: 'start' | 'stop') =>
	(node: Node): Promise<string> =>
		sh(node, `systemctl ${verb} twinpool-gluster@${volume}.service; rm -f /run/twinpool/gluster-${volume}.seen`, 60);

/** How many entries gluster has to heal, by the index of either brick. */
const pending = async (): Promise<number> =>
	(await both(node => sh(node, `ls ${brick}/.glusterfs/indices/xattrop | grep -vc ^xattrop- || true`, 60)))
		.map(Number)
		.reduce((sum, count) => sum + count, 0);

/** Over every file of a brick: its name and what is in it, without gluster's own. */
export const checksum = (node: Node): Promise<string> =>
	sh(node, `cd ${brick} && find . -path ./.glusterfs -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum`, 120);

/** Both bricks have the same in every file. */
export async function same(): Promise<void> {
	const [one, two] = await both(checksum);
	if (one !== two || !one) {
		throw new Error(`the copies differ: ${one} ${two}`);
	}
}
