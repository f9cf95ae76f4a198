import {type Cib, nodeNamed, readCib} from '../cluster/cib.ts';
import {fencedLast} from '../cluster/history.ts';
import {type Lease, leaseIn} from '../cluster/lease.ts';
import {below} from '../cluster/xml.ts';
import {deadlineOf} from '../deadline.ts';
import {moment} from '../fence/diverged.ts';
import {read} from '../host.ts';
import {type Half, wroteAlone} from '../iscsi/grant.ts';
import type {HalfSeen, HalvesAnswer} from '../iscsi/side.ts';
import {apart} from '../vdev/uberblock.ts';
import {plain} from './plain.ts';
import {askHalves} from './remote.ts';
import type {Choice} from './split-brain.ts';

const ALL = 60_000;
const EACH = 20_000;

/** A half, where it is, and how it stands to the ones that have everything by the lease. */
interface Placed {
	host: string;
	half: HalfSeen;
	/** The txg that the pool had reached when it went on without this half; nothing for one that has everything. */
	behind?: number;
	/** Whether it was written without the others since. */
	alone: boolean;
}

const halfOf = ({guid, path, txg, trail}: HalfSeen): Half => ({
	guid,
	path,
	txg,
	trail: new Map(trail.map(([group, root]) => [group, root])),
});

/** Which halves were written on their own: by the lease, and by what the trails have in common. Pure. */
export function judged(lease: Lease, said: readonly HalvesAnswer[]): Placed[] {
	const all = said.flatMap(({host, halves}) => halves.map(half => ({host, half})));
	const [best] = all.filter(({half}) => lease.current.includes(half.guid)).sort((one, other) => other.half.txg - one.half.txg);
	return all.map(({host, half}) => {
		const [mine, first] = [halfOf(half), best && halfOf(best.half)];
		const since = lease.behind[half.guid];
		const current = lease.current.includes(half.guid);
		const both = first !== undefined && apart(mine.trail, first.trail) === true && apart(first.trail, mine.trail) === true;
		const alone = first !== undefined && (current ? both : wroteAlone(mine, first, lease));
		return {host, half, alone, ...(since !== undefined && {behind: since})};
	});
}

/** `twinpool split-brain POOL`, of a mirror over iSCSI: 0 no half was written on its own, 1 one was. It only reports. */
export async function splitMirror(pool: string, {keep, json}: Choice): Promise<number> {
	if (keep !== undefined) {
		throw new Error(`${pool} mirrors over iSCSI: what is to be done is yours, with the commands of "twinpool split-brain ${pool}"`);
	}
	const deadline = deadlineOf(ALL, performance.now());
	const cib = await readCib(deadline);
	const lease = leaseIn(cib, pool);
	if (!lease) {
		throw new Error(`the cluster has no lease of ${pool} any more`);
	}
	const me = nodeNamed(cib, read('/proc/sys/kernel/hostname')?.trim() ?? '');
	const request = {ask: 'halves' as const, pool, within: EACH};
	const others = cib.nodes.filter(node => node !== me).map(({name}) => name);
	const said = await Promise.all([undefined, ...others].map(host => askHalves(host, request, deadline)));
	const failed = said.find(({why}) => why !== undefined);
	if (failed) {
		throw new Error(`${failed.host}: ${failed.why}`);
	}
	const halves = judged(lease, said);
	const torn = halves.filter(({alone}) => alone);
	const fenced = await fencedLast(deadline);
	const commands = torn.flatMap(one => remedies(pool, lease, cib, one, halves));
	const facts = {pool, torn: torn.length > 0, lease, fenced, imported: said.filter(({imported}) => imported).map(({host}) => host)};
	process.stdout.write(
		json
			? `${JSON.stringify({...facts, halves, commands})}\n`
			: plain(report({...facts, halves, commands: commands.map(({line}) => line)})),
	);
	return torn.length > 0 ? 1 : 0;
}

/** The agent that has this pool's leg, by its name in the cluster. */
function legOf(cib: Cib, pool: string): string {
	const legs = [...below(cib.configuration)].filter(({tag, at}) => tag === 'primitive' && at['type'] === 'iscsi-leg');
	const mine = legs.find(leg => [...below(leg)].some(({at}) => at['name'] === 'pool' && at['value'] === pool));
	return mine?.at['id'] ?? 'LEG';
}

function remedies(pool: string, lease: Lease, cib: Cib, {host, half}: Placed, halves: readonly Placed[]): {keep: string; line: string}[] {
	const others = halves.filter(one => one.half !== half).map(one => one.host);
	const holder = lease.holder ?? others[0] ?? 'the other node';
	const override = `crm_resource --resource ${legOf(cib, pool)} --set-parameter override --parameter-value ${lease.epoch}`;
	return [
		{keep: holder, line: `on ${host}, for a copy: dd if=${half.path} of=FILE bs=1M conv=sparse`},
		{
			keep: holder,
			line: `to keep what ${holder} has, there, with the leg logged in as LEGDISK: zpool labelclear -f LEGDISK; zpool replace ${pool} ${half.guid} LEGDISK`,
		},
		{
			keep: host,
			line: `to keep what ${host} has: copy and power off ${others.join(', ') || 'the other node'}, so that no other half is in reach`,
		},
		{keep: host, line: `  then, on ${host}: ${override}; crm_resource --cleanup`},
	];
}

interface Told {
	pool: string;
	torn: boolean;
	lease: Lease;
	fenced: {node: string; at: string} | undefined;
	imported: string[];
	halves: Placed[];
	commands: string[];
}

function report({pool, torn, lease, fenced, imported, halves, commands}: Told): string {
	const rows = halves.map(({host, half, behind, alone}) => {
		const seconds = half.trail.at(-1)?.[2];
		const has = lease.current.includes(half.guid)
			? 'has everything, says the lease'
			: `is behind, says the lease${behind === undefined ? '' : `, since txg ${behind}`}`;
		return `${host}  ${half.path} (vdev ${half.guid}): txg ${half.txg}${seconds === undefined ? '' : ` of ${moment(seconds)}`}; ${has}${alone ? '; it was written on its own' : ''}`;
	});
	return `${[
		`${pool}: ${torn ? 'the halves of the mirror were written apart' : 'no half was written on its own'}`,
		fenced ? `${fenced.node} was fenced last, ${fenced.at}` : 'no fencing is on record',
		`lease ${lease.epoch}: ${lease.holder ?? 'nobody'} holds it; ${imported.length > 0 ? `imported on ${imported.join(', ')}` : 'imported nowhere'}`,
		...rows,
		...commands,
	].join('\n')}\n`;
}
