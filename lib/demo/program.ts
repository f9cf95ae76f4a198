import {spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import type {Host} from './host.ts';
import type {Event, World} from './world.ts';

export interface Call {
	kind: Event['kind'];
	/** As the timeline names it: `drbd promote`. */
	label: string;
	args?: string[];
	env?: Record<string, string>;
	/** Milliseconds; then the whole process group is killed, without a warning. */
	timeout: number;
	/** More milliseconds before that, on a machine that has other things to do. */
	grace?: number;
	/** Said on the timeline; monitors are not, while nothing changes. */
	quiet?: boolean;
}

/** How one of the built programs ended. */
export interface Ended {
	host: Host['name'];
	label: string;
	exit: number;
	stdout: string;
	stderr: string;
	/** What followed `ocf-exit-reason:`. */
	reason: string;
	ms: number;
	/** It was killed at its timeout. */
	late: boolean;
	/** Its host lost power meanwhile. */
	cut: boolean;
	/** Processes of its group that were still there afterwards. */
	left: string[];
}

/** Milliseconds that a killed child may take to be gone. */
const SETTLE = 400;
/** How long what a program printed last may be on its way, where the machine is busy; somebody else may hold the pipe open for good. */
const FLUSH = 5000;

/** Run a built program on a host: its tools, its files, and nothing of the real ones. */
export function runProgram(
	world: World,
	host: Host,
	program: string,
	{kind, label, args = [], env = {}, timeout, grace = 0, quiet = false}: Call,
): Promise<Ended> {
	const begun = performance.now();
	const child = spawn(process.execPath, [`${world.options.programs}/${program}`, ...args], {
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {PATH: `${host.root}/bin`, TWINPOOL_ROOT: host.root, ...env},
	});
	const group = child.pid ?? 0;
	host.groups.add(group);
	const ended: Ended = {host: host.name, label, exit: 1, stdout: '', stderr: '', reason: '', ms: 0, late: false, cut: false, left: []};
	const timer = setTimeout(() => {
		ended.late = true;
		killGroup(group);
	}, timeout + grace);
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		ended.stdout += chunk;
	});
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		ended.stderr += chunk;
	});
	const closed = new Promise<void>(done => child.once('close', () => done()));
	return new Promise(resolve => {
		child.once('exit', code => {
			clearTimeout(timer);
			ended.ms = Math.round(performance.now() - begun);
			ended.exit = code ?? 1;
			ended.cut = !host.groups.has(group);
			const flushed = new Promise<void>(done => void setTimeout(done, FLUSH).unref());
			// What it printed last may still be on its way; a child of its own may hold the pipe open.
			void Promise.race([closed, flushed])
				.then(() => leftovers(group))
				.then(left => {
					host.groups.delete(group);
					killGroup(group);
					ended.left = left;
					ended.reason = ended.stderr.split('ocf-exit-reason:').slice(1).at(-1)?.split('\n')[0] ?? '';
					world.ended.push(ended);
					if (!(quiet || ended.cut)) {
						const why = ended.reason ? `: ${ended.reason}` : '';
						world.say(host.name, kind, `${label} -> ${ended.late ? 'killed at its timeout' : ended.exit} (${ended.ms} ms)${why}`);
					}
					resolve(ended);
				});
		});
	});
}

const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** The power is gone: everything that runs on the host ends with it. */
export function killAllOn(host: Host): void {
	const groups = [...host.groups];
	host.groups.clear();
	for (const group of groups) {
		killGroup(group);
	}
}

function killGroup(group: number): void {
	try {
		process.kill(-group, 'SIGKILL');
	} catch {
		// Nobody is left in it.
	}
}

async function leftovers(group: number): Promise<string[]> {
	const end = performance.now() + SETTLE;
	while (true) {
		const left = inGroup(group);
		if (left.length === 0 || performance.now() > end) {
			return left;
		}
		await pause(20);
	}
}

/** What lives in a process group; the dead that nobody has waited for yet do not count. */
function inGroup(group: number): string[] {
	return processes()
		.filter(({pgrp, state}) => pgrp === group && state !== 'Z' && state !== 'X')
		.map(({name, pid}) => `${name} (${pid})`);
}

/** Everything on this machine that was started with a host's root in its environment, wherever it went. */
export function strays(world: World): string[] {
	return processes()
		.filter(({pid, state}) => state !== 'Z' && pid !== process.pid && text(`${pid}/environ`).includes(`TWINPOOL_ROOT=${world.dir}/`))
		.map(({name, pid}) => `${name} (${pid})`);
}

function processes(): {pid: number; name: string; state: string; pgrp: number}[] {
	return readdirSync('/proc')
		.filter(name => /^\d+$/u.test(name))
		.flatMap(pid => {
			const [, name, state, pgrp] = /^\d+ \((.*)\) (\w) \d+ (\d+)/su.exec(text(`${pid}/stat`)) ?? [];
			return name && state && pgrp ? [{pid: Number(pid), name, state, pgrp: Number(pgrp)}] : [];
		});
}

function text(path: string): string {
	try {
		return readFileSync(`/proc/${path}`, 'utf8');
	} catch {
		return '';
	}
}
