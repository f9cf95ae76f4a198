export interface Vdev {
	state: string;
	resilvering: boolean;
	/** How many writes failed, as zpool counts: what it shows after they failed has missed something. */
	writes: string;
	/** Reads or writes failed, and no checksum was wrong. */
	failures: boolean;
}

/** What `zpool status -gp` says of one pool: its vdevs by guid, and whether a resilver runs. */
export interface PoolStatus {
	state: string;
	/** By guid. */
	vdevs: ReadonlyMap<string, Vdev>;
	/** What zpool says of the last or the running scan: another line is another scan. */
	scan: string;
	resilver: Resilver | undefined;
}

export interface Resilver {
	/** Per cent; nothing while it is only scanning. */
	done: number | undefined;
	/** As zpool words it: "00:01:45 to go", "no estimated completion time". */
	eta: string;
}

const ROW = /^\s+(?<guid>\d+)\s+(?<state>[A-Z]+)\s+(?<reads>[\d.KMGT]+)\s+(?<writes>[\d.KMGT]+)\s+(?<sums>[\d.KMGT]+)(?<rest>.*)$/u;

/** A line that is not as expected is no vdev: what is missing from the answer is for the caller the worst that it may be. */
export function poolStatus(text: string): PoolStatus {
	const lines = text.split('\n');
	const rows = lines.flatMap(line => {
		const {guid, state, reads, writes, sums, rest} = ROW.exec(line)?.groups ?? {};
		const resilvering = /\((?:awaiting )?resilver(?:ing)?\)/u.test(rest ?? '');
		return guid && state && writes
			? [[guid, {state, resilvering, writes, failures: sums === '0' && (reads !== '0' || writes !== '0')}] as const]
			: [];
	});
	return {
		state: /^ state: (?<state>\S+)/mu.exec(text)?.groups?.['state'] ?? '',
		vdevs: new Map(rows),
		scan: /^ {2}scan: (?<scan>.+)/mu.exec(text)?.groups?.['scan'] ?? '',
		resilver: /scan: resilver in progress/u.test(text) ? progress(text) : undefined,
	};
}

function progress(text: string): Resilver {
	const {done, eta} = /(?<done>[\d.]+)% done, (?<eta>[^\n]+)/u.exec(text)?.groups ?? {};
	return {done: done === undefined ? undefined : Number(done), eta: eta?.trim() ?? 'no estimated completion time'};
}
