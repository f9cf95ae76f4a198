/**
 * A client outside the nodes: it has numbered records written to the pool, wherever the pool is, and keeps which were
 * acknowledged and when. A session waits in each node; the one that sees the mount is told where to go on.
 */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout} from 'node:timers/promises';
import {type Node, nodes, pool} from './config.ts';
import {ask, put, session} from './ssh.ts';
import {until} from './wait.ts';

export interface Acknowledged {
	readonly number: number;
	readonly node: Node;
	/** Milliseconds of the host's clock. */
	readonly at: number;
}

const program = '/usr/local/sbin/lab-writer';
const script = await readFile(join(import.meta.dirname, 'node', 'writer.pl'), 'utf8');

export class Writer {
	readonly acknowledged: Acknowledged[] = [];
	/** What a session said besides numbers, for the failure report. */
	readonly remarks: string[] = [];
	readonly #sessions = new Map<Node, ReturnType<typeof session>>();
	readonly #opening = new Set<Node>();
	#staying: Promise<unknown> | undefined;
	#paused = false;
	#closed = false;
	readonly run: string;
	/** Seconds between two records. */
	readonly #pace: number;

	constructor(run: string, pace = 0.01) {
		this.run = run;
		this.#pace = pace;
	}

	/** Waits in this node from now on; again after the node came back. */
	async attend(node: Node): Promise<void> {
		if (this.#sessions.has(node) || this.#opening.has(node)) {
			return;
		}
		// Two in one node would write every record twice.
		this.#opening.add(node);
		try {
			await put(node, program, script, '755');
			this.#open(node);
		} finally {
			this.#opening.delete(node);
		}
	}

	#open(node: Node): void {
		const opened = session(node, `exec ${program} ${this.run} /${pool} ${this.#pace}`);
		this.#sessions.set(node, opened);
		createInterface({input: opened.stdout}).on('line', line => this.#hear(node, line));
		void opened.then(() => this.#sessions.delete(node));
	}

	async attendAll(): Promise<void> {
		for (const node of nodes) {
			await this.attend(node);
		}
	}

	/** From now on in each node whenever it is there, also after a session was ended: as a service that somebody starts again. */
	stay(): void {
		const inside = async (node: Node): Promise<void> => {
			while (!this.#closed) {
				await this.attend(node).catch(() => undefined);
				await setTimeout(1000);
			}
		};
		this.#staying ??= Promise.all(nodes.map(inside));
	}

	#hear(node: Node, line: string): void {
		if (/^\d+$/u.test(line)) {
			this.acknowledged.push({number: Number(line), node, at: Date.now()});
			return;
		}
		this.remarks.push(`${new Date().toISOString()} ${node} ${line}`);
		if (line === 'mounted' && !this.#paused && !this.#closed) {
			this.#go(node);
		}
	}

	#go(node: Node): void {
		this.#sessions.get(node)?.stdin.write(`from ${(this.acknowledged.at(-1)?.number ?? 0) + 1}\n`);
	}

	/** Lets go of the pool, as a service that is moved in an orderly way does. */
	async pause(): Promise<void> {
		this.#paused = true;
		const seen = this.remarks.length;
		for (const opened of this.#sessions.values()) {
			opened.stdin.write('pause\n');
		}
		const sessions = this.#sessions.size;
		await until('the writer at rest', 30, () => this.remarks.slice(seen).filter(remark => remark.endsWith(' paused')).length >= sessions);
	}

	/** From now on the next node to see the pool mounted writes. */
	resume(): void {
		this.#paused = false;
	}

	/** On the same node, whose mount stayed. */
	again(node: Node): void {
		this.#paused = false;
		this.#go(node);
	}

	/** How many records were refused: they may be there in part. */
	failed(): number {
		return this.remarks.filter(remark => / lost (?:write|sync|close): /u.test(remark)).length;
	}

	/** The first record acknowledged after a moment, and by this node. */
	async first(after: number, limit: number, node?: Node): Promise<Acknowledged> {
		return until(
			`a synced write${node ? ` on ${node}` : ''}`,
			limit,
			() => this.acknowledged.find(record => record.at > after && (!node || record.node === node)),
			50,
		);
	}

	/** From the last record before a moment on. */
	since(at: number): Acknowledged[] {
		const before = this.acknowledged.findLastIndex(record => record.at < at);
		return this.acknowledged.slice(Math.max(0, before));
	}

	async close(): Promise<void> {
		this.#closed = true;
		await this.#staying;
		for (const opened of this.#sessions.values()) {
			opened.stdin.end();
			opened.kill();
			await opened;
		}
	}
}

/** The records as the pool has them. */
export async function records(node: Node): Promise<string> {
	const {stdout, stderr, exit} = await ask(node, `cat /${pool}/records`);
	if (exit !== 0) {
		throw new Error(`the records cannot be read on ${node}: ${stderr.trim()}`);
	}
	return stdout;
}
