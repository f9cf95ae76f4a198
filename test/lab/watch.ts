/** An eye on both nodes all the time: which of them has the pool, DRBD's Primary role and the guests. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout} from 'node:timers/promises';
import {type Node, nodes, pool} from './config.ts';
import {guestsOf} from './guests.ts';
import type {Kind} from './kind.ts';
import {type Sample, twice} from './spans.ts';
import {put, session} from './ssh.ts';
import {pid} from './vm.ts';

const program = '/usr/local/sbin/lab-watch';
const script = await readFile(join(import.meta.dirname, 'node', 'watch.pl'), 'utf8');
/** Milliseconds between two looks at the machines themselves, and between two attempts to get in. */
const pause = {power: 100, attempt: 1000};

export class Watch {
	readonly samples: Sample[] = [];
	/** When each process that was a machine was last there. */
	readonly #lived = new Map<number, number>();
	readonly #running = new Map<Node, number>();
	/** The process that a boot happened in: lines of its last second may arrive when the next one runs. */
	readonly #booted = new Map<string, number>();
	readonly #sessions = new Map<Node, ReturnType<typeof session>>();
	#closed = false;
	readonly #work: Promise<unknown>;

	/** What has to be there, and nowhere twice. */
	readonly kind: Kind;
	readonly guests: readonly string[];

	constructor(kind: Kind) {
		this.kind = kind;
		this.guests = guestsOf(kind);
		this.#work = Promise.all([this.#followPower(), ...nodes.map(node => this.#follow(node))]);
	}

	async #followPower(): Promise<void> {
		while (!this.#closed) {
			for (const node of nodes) {
				const found = await pid(node);
				if (found === undefined) {
					this.#running.delete(node);
				} else {
					this.#running.set(node, found);
					this.#lived.set(found, Date.now());
				}
			}
			await setTimeout(pause.power);
		}
	}

	/** Gets in again whenever the node is back. */
	async #follow(node: Node): Promise<void> {
		while (!this.#closed) {
			try {
				await put(node, program, script, '755');
				const opened = session(node, `exec ${program} ${pool}`);
				this.#sessions.set(node, opened);
				createInterface({input: opened.stdout}).on('line', line => this.#see(node, line));
				await opened;
			} catch {
				// It has no power, or is only booting.
			}
			await setTimeout(pause.attempt);
		}
	}

	#see(node: Node, line: string): void {
		const [boot = '', imported, role = '', running = ''] = line.split(' ');
		const process = this.#booted.get(boot) ?? this.#running.get(node);
		if (process === undefined || !role) {
			return;
		}
		this.#booted.set(boot, process);
		const lived = (): number => this.#lived.get(process) ?? 0;
		const there = this.guests.filter(uuid => running.split(',').includes(uuid));
		this.samples.push({node, at: Date.now(), boot, lived, imported: imported === 'imported', role, guests: there});
	}

	/** What was seen of a node last. */
	last(node: Node): Sample | undefined {
		return this.samples.findLast(sample => sample.node === node);
	}

	/** When the machine that a boot happened in was last there: now, as long as it lives. */
	lived(boot: string | undefined): number | undefined {
		return this.samples.findLast(sample => sample.boot === boot)?.lived();
	}

	/** When all guests were first seen to run on this node after a moment. */
	guestsBack(node: Node, after: number): number | undefined {
		return this.samples.find(sample => sample.node === node && sample.at > after && sample.guests.length === this.guests.length)?.at;
	}

	/** What two nodes had at once since a moment. */
	twice(since: number): string[] {
		const recent = this.samples.filter(({at}) => at >= since);
		const questions: [string, (sample: Sample) => boolean][] = [
			[`pool ${pool} imported`, ({imported}) => imported],
			['DRBD Primary', ({role}) => role === 'Primary'],
			...this.guests.map((uuid): [string, (sample: Sample) => boolean] => [`guest ${uuid}`, sample => sample.guests.includes(uuid)]),
		];
		return questions.flatMap(([what, has]) => twice(what, recent, has) ?? []);
	}

	async close(): Promise<void> {
		this.#closed = true;
		for (const opened of this.#sessions.values()) {
			opened.kill();
		}
		await this.#work;
	}
}
