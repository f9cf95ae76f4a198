/** A node's data disk: it fails, it is slow, there is no room on it. */
import {setTimeout} from 'node:timers/promises';
import {holder as where} from '../cluster.ts';
import {type Node, pool} from '../config.ts';
import {throttle} from '../links.ts';
import {diskIs} from '../mapped.ts';
import {limits} from '../round.ts';
import {sh} from '../ssh.ts';
import {until} from '../wait.ts';
import {type Fault, inTime, lasts, mayMove, type Role, type Scene} from './scene.ts';

/** Bytes a second, and for how many seconds: so slow that ZFS needs several of them for a transaction group. */
const SLOW = {bytes: 128 * 1024, lasts: 45};
/** Seconds that a brick has no room: longer than Gluster's own check of it takes (storage.health-check-interval). */
const FULL = 45;

export const slow = (role: Role): Omit<Fault, 'name'> => ({
	inflict: scene => throttle(scene[role], 'data', SLOW.bytes),
	decided: lasts(SLOW.lasts),
	mend: async scene => {
		await until(
			'the disk as it was',
			limits.return,
			async () => {
				await throttle(scene[role], 'data', 0);
				return true;
			},
			1000,
		);
	},
});

/** Every access is an I/O error, until the disk is another one: `admin` is what somebody does who has replaced it. */
export const failing =
	(
		decided: (role: Role) => (scene: Scene) => Promise<void>,
		admin: (scene: Scene, role: Role) => Promise<unknown>,
		more: Partial<Fault> = {},
	) =>
	(role: Role): Omit<Fault, 'name'> => ({
		...mayMove(role),
		inflict: async scene => void (await diskIs(scene[role], 'error')),
		decided: decided(role),
		async mend(scene) {
			await inTime(scene[role], '/usr/local/sbin/lab-mapped linear');
			await admin(scene, role);
		},
		...more,
	});

/** What is left is reserved, in one step, and what cannot be reserved is written: the next record finds no room. */
const fill = (node: Node, name: string, filler: string): Promise<string> =>
	sh(
		node,
		`zfs create -o canmount=off ${name}/filler && room=$(zfs get -Hp -o value available ${name}) && for less in 0 1 2 4 8 16 32 64; do zfs set refreservation=$((room - less * 1048576)) ${name}/filler && break; done; dd if=/dev/urandom of=${filler} bs=64k count=2000 conv=fsync status=none; true`,
		180,
	);
const clear = (node: Node, name: string, filler: string): Promise<string> =>
	inTime(node, `rm -f ${filler}; ! zfs list ${name}/filler >/dev/null 2>&1 || zfs destroy ${name}/filler`);

/** The pool is full, and the client is told so; then somebody makes room. */
export const poolFull: Omit<Fault, 'name'> = {
	async inflict({holder, writer}) {
		const before = writer.remarks.length;
		const filler = `/${pool}/filler.bin`;
		try {
			await fill(holder, pool, filler);
			await until(
				'a record refused for want of room',
				limits.write,
				() => writer.remarks.slice(before).some(remark => / lost .*(No space|quota)/u.test(remark)),
				200,
			);
		} finally {
			await clear(await until('the pool on a node', limits.return, where), pool, filler);
		}
	},
};

/** One of the two bricks has no room: what is written meanwhile is not on it, or is refused. */
export const brickFull = (role: Role): Omit<Fault, 'name'> => ({
	...mayMove(role),
	async inflict(scene) {
		const filler = '/brick/data/filler.bin';
		try {
			await fill(scene[role], 'brick', filler);
			await setTimeout(FULL * 1000);
		} finally {
			await clear(scene[role], 'brick', filler);
		}
	},
});
