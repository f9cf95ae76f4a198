import type {Deadline} from '../deadline.ts';
import {lastWord, type Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {ToolError} from '../run.ts';
import {holders, named} from './holders.ts';
import {look} from './kstat.ts';
import type {Log, ZpoolParams} from './params.ts';
import {watched} from './watched.ts';

/**
 * Export the pool, without force: that would not help against anybody who holds it.
 * Who holds it is named, and ended where the policy says so; then it is tried again.
 */
export async function exportPool({pool, holders: policy}: ZpoolParams, deadline: Deadline, log: Log): Promise<Outcome> {
	// Not from within the pool, where somebody at a shell may have called us.
	process.chdir('/');
	try {
		const result = await watched(['zpool', 'export', pool], pool, deadline);
		if (result.exit === 0) {
			return look(pool).state === 'absent' ? {done: true} : {again: `zpool export ended with 0, but the kernel still has ${pool}`};
		}
		const held = holders(pool);
		if (held.length === 0) {
			return {again: lastWord(result)};
		}
		if (policy !== 'report') {
			const {evict} = await import('./evict.ts');
			await evict(held, policy, deadline, log);
		}
		return {again: `${pool} is held by ${named(held)}`};
	} catch (error) {
		// Who holds a suspended pool does not matter any more.
		const useful = error instanceof ToolError && error.fault === 'timeout' && look(pool).state !== 'SUSPENDED';
		const held = useful ? holders(pool) : [];
		if (error instanceof ToolError && held.length > 0) {
			return {refused: new OcfError(OCF.ERR_GENERIC, `${pool} is held by ${named(held)}: ${error.message}`, {cause: error})};
		}
		throw error;
	}
}
