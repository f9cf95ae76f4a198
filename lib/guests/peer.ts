import {nodeNamed, readCib} from '../cluster/cib.ts';
import {knownDown} from '../cluster/history.ts';
import {recorded} from '../cluster/recorded.ts';
import type {Deadline} from '../deadline.ts';
import {read} from '../host.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Env} from '../ocf/params.ts';
import type {Log} from '../reach.ts';
import {run, ToolError} from '../run.ts';
import {named} from './states.ts';
import type {Owner} from './store.ts';
import {activeOnes, listed} from './virsh.ts';

/** The peer's libvirt is asked for so long: when its host is gone, everybody waits for this. */
const PATIENCE = 5000;

/** This host, and which of its boots it is in. */
export function thisHost(env: Env): Owner {
	const host = read('/proc/sys/kernel/hostname')?.trim() ?? '';
	return {host, node: env['OCF_RESKEY_CRM_meta_on_node'] || host, boot: read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''};
}

interface Question {
	owner: Owner | undefined;
	here: Owner;
	peerUri: string;
	instance: string;
	guests: readonly {uuid: string; name: string}[];
}

/**
 * May these guests be started here? Not while one of them is active on the peer, nor after another host had them and nobody
 * knows that it let go of them.
 * @throws {OcfError} who has them, and what to do
 */
export async function mine({owner, here, peerUri, instance, guests}: Question, deadline: Deadline, log: Log): Promise<void> {
	const other = owner && owner.host !== here.host ? owner : undefined;
	const why = other ? await letGo(other, instance, deadline) : undefined;
	if (other && why?.down) {
		log(`the guests are taken from ${other.node}: ${why.why}`);
		return;
	}
	const there = peerUri ? await activeAt(peerUri, deadline) : undefined;
	if (Array.isArray(there)) {
		const both = guests.filter(({uuid}) => there.includes(uuid));
		if (both.length > 0) {
			throw new OcfError(OCF.ERR_GENERIC, `active on the peer (${peerUri}), so not started here: ${named(both)}`);
		}
		return;
	}
	if (other) {
		throw new OcfError(
			OCF.ERR_GENERIC,
			`the guests were last run by ${other.node}, which is not known to have let go of them: stop them there or fence it; ${there ?? why?.why}`,
		);
	}
	if (there !== undefined) {
		log(`the peer's libvirt was not asked: ${there}`);
	}
}

/** The other host is down for certain, or it is back and its last record of this resource is a stop, or a look that found nothing. */
async function letGo({node}: Owner, instance: string, deadline: Deadline): Promise<{down: boolean; why: string}> {
	const known = await knownDown(node, deadline);
	if (known.down) {
		return known;
	}
	try {
		const seen = nodeNamed(await readCib(deadline), node);
		const stopped = seen?.membership === 'member' && recorded(seen).get(instance.replace(/:\d+$/u, '')) === 'stopped';
		return stopped ? {down: true, why: `${node} is in the cluster without them`} : known;
	} catch {
		return known;
	}
}

/** The UUIDs of what is active there, or why nobody can tell. */
async function activeAt(uri: string, deadline: Deadline): Promise<string[] | string> {
	try {
		const {exit, stdout, stderr} = await run(activeOnes(uri), {timeout: Math.max(1, Math.min(PATIENCE, deadline.left() / 2))});
		return exit === 0 ? listed(stdout) : (stderr.trim().split('\n').at(-1) ?? `virsh ended with ${exit}`);
	} catch (error) {
		if (error instanceof ToolError) {
			return error.message;
		}
		throw error;
	}
}
