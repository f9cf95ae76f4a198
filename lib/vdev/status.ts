/** What `zpool status -gp` says of one pool: its vdevs by guid, and whether a resilver runs. */
export interface PoolStatus {
	state: string;
	/** The word behind each vdev's guid, and whether it is being resilvered. */
	vdevs: ReadonlyMap<string, {state: string; resilvering: boolean}>;
	resilver: Resilver | undefined;
}

export interface Resilver {
	/** Per cent; nothing while it is only scanning. */
	done: number | undefined;
	/** As zpool words it: "00:01:45 to go", "no estimated completion time". */
	eta: string;
}

const ROW = /^\s+(?<guid>\d+)\s+(?<state>[A-Z]+)\s+[\d.KMGT]+\s+[\d.KMGT]+\s+[\d.KMGT]+(?<rest>.*)$/u;

/** A line that is not as expected is no vdev: what is missing from the answer is for the caller the worst that it may be. */
export function poolStatus(text: string): PoolStatus {
	const lines = text.split('\n');
	const rows = lines.flatMap(line => {
		const {guid, state, rest} = ROW.exec(line)?.groups ?? {};
		return guid && state ? [[guid, {state, resilvering: /\((?:awaiting )?resilver(?:ing)?\)/u.test(rest ?? '')}] as const] : [];
	});
	return {
		state: /^ state: (?<state>\S+)/mu.exec(text)?.groups?.['state'] ?? '',
		vdevs: new Map(rows),
		resilver: /scan: resilver in progress/u.test(text) ? progress(text) : undefined,
	};
}

function progress(text: string): Resilver {
	const {done, eta} = /(?<done>[\d.]+)% done, (?<eta>[^\n]+)/u.exec(text)?.groups ?? {};
	return {done: done === undefined ? undefined : Number(done), eta: eta?.trim() ?? 'no estimated completion time'};
}
