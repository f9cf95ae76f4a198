import {type ChildProcess, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {parsed} from '../cluster/seen.ts';
import {BEAT, type BeatsRequest} from './beat.ts';

/** A record that a host acknowledged, by this program's own clock, in milliseconds since it began. */
export interface Acknowledged {
	host: string;
	n: number;
	at: number;
}

/** A client on each host, as one: whichever has the pool writes. Everything is heard here, by one clock. */
export class Writers {
	readonly acknowledged: Acknowledged[] = [];
	/** Records that had been acknowledged, and were not there for the host that went on. */
	readonly lost: {host: string; from: number; to: number}[] = [];
	/** Hosts that found the records of another one, and went on behind them. */
	readonly continued = new Set<string>();
	/** Why a host did not write, as it last said. */
	readonly silent = new Map<string, string>();
	readonly #begun = performance.now();
	readonly #children = new Map<string, ChildProcess>();

	now(): number {
		return performance.now() - this.#begun;
	}

	/** Without a host's name for ssh it is this one. */
	attend(host: string, ssh: string | undefined, request: BeatsRequest): void {
		const [file = '', ...args] =
			ssh === undefined
				? [process.execPath, process.argv[1] ?? '', 'side']
				: ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '--', ssh, 'twinpool', 'side'];
		// A group of its own: Ctrl-C is for this program alone, which ends them in good order.
		const child = spawn(file, args, {stdio: ['pipe', 'pipe', 'pipe'], detached: true});
		this.#children.set(host, child);
		child.on('error', error => this.silent.set(host, error.message));
		child.stdin.on('error', () => undefined);
		child.stdin.write(`${JSON.stringify(request)}\n`);
		createInterface({input: child.stdout}).on('line', line => this.#hear(host, line));
		createInterface({input: child.stderr}).on('line', line => this.silent.set(host, line));
	}

	#hear(host: string, line: string): void {
		const beat = parsed(BEAT, line);
		if (!beat) {
			this.silent.set(host, `it answered "${line.slice(0, 120)}": twinpool of the same version has to be there`);
		} else if ('n' in beat) {
			this.acknowledged.push({host, n: beat.n, at: this.now()});
			this.silent.delete(host);
		} else if ('found' in beat) {
			this.continued.add(host);
			const last = Math.max(0, ...this.acknowledged.slice(-100).map(({n}) => n));
			if (beat.found < last) {
				this.lost.push({host, from: beat.found + 1, to: last});
			}
		} else {
			this.silent.set(host, beat.not);
		}
	}

	/** Ends one at once, and leaves what it wrote where it is: for another one to find. */
	async halt(host: string): Promise<void> {
		const child = this.#children.get(host);
		if (child && child.exitCode === null && child.signalCode === null) {
			const closed = new Promise(resolve => child.once('close', resolve));
			child.kill('SIGKILL');
			await closed;
		}
	}

	/** Ends them, so that whoever has the pool takes the file away. */
	async end(patience: number): Promise<void> {
		const ended = [...this.#children.values()].map(async child => {
			if (child.exitCode !== null || child.signalCode !== null) {
				return;
			}
			child.stdin?.end();
			await Promise.race([
				new Promise(resolve => child.once('close', resolve)),
				new Promise(resolve => void setTimeout(resolve, patience).unref()),
			]);
			child.kill('SIGKILL');
		});
		await Promise.all(ended);
	}
}

/** The longest time without a record between two moments; from the last one before. */
export function longestGap(acknowledged: readonly Acknowledged[], from: number, to: number): {from: number; to: number} {
	const before = acknowledged.filter(({at}) => at < from).at(-1)?.at ?? from;
	const inside = acknowledged.filter(({at}) => at >= from && at <= to).map(({at}) => at);
	let longest = {from: before, to: before};
	let last = before;
	for (const at of [...inside, to]) {
		longest = at - last > longest.to - longest.from ? {from: last, to: at} : longest;
		last = at;
	}
	return longest;
}
