/** At the end of everything: both copies compared, by whatever keeps them. */
import {type Node, pool, resource} from './config.ts';
import {same} from './gluster.ts';
import {type Kind, type KindName, kinds} from './kind.ts';
import {sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Writer} from './writer.ts';

/** Every block of both sides; with differences DRBD counts them as out of sync. */
async function verified(node: Node): Promise<void> {
	await sh(node, `drbdadm verify ${resource}`);
	await until('the comparison over', 1200, async () => (await sh(node, `drbdadm cstate ${resource}`, 60)) === 'Connected', 2000);
	const state = await sh(node, 'cat /proc/drbd', 60);
	if (!/\boos:0\b/u.test(state)) {
		throw new Error(state);
	}
}

async function scrubbed(node: Node): Promise<void> {
	await sh(node, `zpool scrub ${pool} && zpool wait -t scrub ${pool}`, 1200);
	const status = await sh(node, `zpool status -v ${pool}`, 60);
	if (!(/state: ONLINE/u.test(status) && /scrub repaired 0B .* with 0 errors/u.test(status) && /No known data errors/u.test(status))) {
		throw new Error(status);
	}
}

function comparison({leg, drbd}: Kind): (node: Node) => Promise<void> {
	if (leg) {
		return scrubbed;
	}
	return drbd ? verified : same;
}

export async function alike(name: KindName, node: Node, writer: Writer): Promise<void> {
	await writer.pause();
	await comparison(kinds[name])(node);
	writer.again(node);
}
