// twinpool watch, as it is installed, on a host whose tools print what the real ones printed.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {appendFileSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Test} from 'tap';
import {TWINPOOL} from './datasets.ts';
import {fixture, Watched} from './watched.ts';

/** Milliseconds for what a busy machine does late. */
export const PATIENCE = 20_000;

/** The lines of alice's captured stream between two moments. */
export const captured = (version: string, from: string, to: string): string[] =>
	fixture(`${version}/alice/events2.log`)
		.split('\n')
		.filter(line => line.slice(11, 19) >= from && line.slice(11, 19) < to)
		.map(line => line.replace(/^\S+ /u, ''));

export interface Running {
	child: ChildProcess;
	out(): string;
	/** The JSON lines so far. */
	seen(): Record<string, unknown>[];
	/** Wait for a line, the first of which may be number `from`; gives the milliseconds that it took. */
	until(what: (line: Record<string, unknown>) => boolean, name: string, from?: number): Promise<number>;
	/** The programs that it follows, by the first word of their command line's tool. */
	below(tool: string): number[];
}

/** drbdsetup and zpool follow files here: what is appended is an event. */
export function host(t: Test): Watched & {event(...lines: string[]): void} {
	const here = new Watched(t.testdir());
	here.drbd('drbd-8.4.11', '07-resynced');
	here.put('/proc/drbd', fixture('drbd-8.4.11/alice/07-resynced/proc-drbd.txt'));
	here.put('/events', fixture('drbd-8.4.11/alice/07-resynced/events2-now.txt'));
	here.put('/zevents', '');
	here.pool('tank', 'ONLINE', 'healthy');
	here.put('/run/twinpool/x', '');
	here.put('/var/lib/pacemaker/cib/cib.xml', '');
	here.put('/var/log/pacemaker/pacemaker.log', '');
	here.tool('drbdsetup', 'case "$*" in *--now*) cat $ROOT/drbdsetup.out ;; *) exec tail -s 0.05 -n +1 -f $ROOT/events ;; esac');
	here.tool('zpool', 'case $1 in events) exec tail -s 0.05 -n +1 -f $ROOT/zevents ;; *) cat $ROOT/zpool.out ;; esac');
	here.tool('attrd_updater', 'exit $(cat $ROOT/attrd.exit 2>/dev/null || echo 0)');
	return Object.assign(here, {event: (...lines: string[]) => appendFileSync(`${here.root}/events`, `${lines.join('\n')}\n`)});
}

export const children = (pid: number): number[] => {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
};

export const alive = (pid: number): boolean => {
	try {
		return !/^\d+ \(.*\) Z/su.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return false;
	}
};

export function started(t: Test, here: Watched, ...args: string[]): Running {
	const env = {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root};
	const child = spawn(process.execPath, [TWINPOOL, 'watch', ...args], {env, stdio: ['ignore', 'pipe', 'pipe']});
	let [out, err] = ['', ''];
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		out += chunk;
	});
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		err += chunk;
	});
	t.teardown(() => child.kill('SIGKILL'));
	const seen = (): Record<string, unknown>[] =>
		out
			.split('\n')
			.slice(0, -1)
			.map(text => JSON.parse(text) as Record<string, unknown>);
	return {
		child,
		out: () => out + err,
		seen,
		async until(what, name, from = 0) {
			const begun = performance.now();
			while (!seen().slice(from).some(what)) {
				if (performance.now() - begun > PATIENCE) {
					throw new Error(`${name} was not shown: ${out}${err}`);
				}
				await sleep(10);
			}
			return performance.now() - begun;
		},
		below: tool =>
			children(child.pid ?? 0).filter(pid =>
				readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(tool === 'drbdsetup' ? '/events' : '/zevents'),
			),
	};
}

export async function ended({child}: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
	const over = once(child, 'exit');
	child.kill(signal);
	return ((await over) as [number | null])[0];
}

export const drbd =
	(words: RegExp) =>
	(line: Record<string, unknown>): boolean =>
		line['kind'] === 'drbd' && line['node'] === 'alpha' && words.test(String(line['words']));
