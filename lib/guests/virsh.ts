import * as z from 'zod/mini';
import type {Argv} from '../run.ts';
import {type Guest, wordOf} from './states.ts';

/**
 * Everything that is known of virsh's command line and of what it prints. Guests always go by their UUID: a name may begin
 * with a dash or hold blanks and quotes, and virsh takes one of digits for a number of its own.
 */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;
export const isUuid = (text: string): boolean => UUID.test(text);

const virsh = (uri: string, ...args: string[]): Argv => ['virsh', '-c', uri, ...args];
/** Several commands in one session. Only UUIDs of ours and fixed words get here: virsh splits the line itself. */
const session = (uri: string, commands: readonly string[]): Argv => virsh(uri, commands.join('; '));

/** Every guest with its state: one process, however many there are. `--state` asks no guest, so none can hang it. */
export const survey = (uri: string): Argv => session(uri, ['list --all --uuid --name', 'domstats --state --nowait']);
/** Every guest that is active, for a look at somebody else's host. */
export const activeOnes = (uri: string): Argv => virsh(uri, 'list', '--uuid');
/** What the guests have now; a backing chain is only in this. */
export const dump = (uri: string, uuids: readonly string[]): Argv =>
	session(
		uri,
		uuids.map(uuid => `dumpxml ${uuid}`),
	);
/** What the guests have when they start again, passwords of their consoles too: without these a copy would have none. */
export const definitions = (uri: string, uuids: readonly string[]): Argv =>
	session(
		uri,
		uuids.map(uuid => `dumpxml --inactive --security-info ${uuid}`),
	);
export const pool = (uri: string, name: string): Argv => virsh(uri, 'pool-dumpxml', '--pool', name);
export const define = (uri: string, file: string): Argv => virsh(uri, 'define', '--file', file);
export const start = (uri: string, uuid: string): Argv => virsh(uri, 'start', '--domain', uuid);
export const shutdown = (uri: string, uuid: string): Argv => virsh(uri, 'shutdown', '--domain', uuid);
export const destroy = (uri: string, uuid: string): Argv => virsh(uri, 'destroy', '--domain', uuid);
export const autostarted = (uri: string): Argv => virsh(uri, 'list', '--all', '--uuid', '--autostart');

const STATE = z.object({
	uuid: z.string().check(z.regex(UUID)),
	name: z.string().check(z.minLength(1)),
	state: z.number().check(z.int()),
	reason: z.number().check(z.int()),
});

/** What `survey` printed; nothing when its two halves do not fit each other: a guest came or went in between. */
export function surveyed(stdout: string): Guest[] | undefined {
	const states = new Map<string, {state: number; reason: number}>();
	for (const block of stdout.split(/^Domain: '/mu).slice(1)) {
		const [first = '', ...lines] = block.split('\n');
		const number = (key: string): number =>
			Number(lines.find(line => line.trim().startsWith(`state.${key}=`))?.split('=')[1] ?? Number.NaN);
		states.set(first.replace(/'$/u, ''), {state: number('state'), reason: number('reason')});
	}
	const guests: Guest[] = [];
	for (const line of (stdout.split(/^Domain: '/mu)[0] ?? '').split('\n')) {
		const [uuid = '', name = ''] = [line.slice(0, 36), line.slice(37)];
		if (!isUuid(uuid)) {
			continue;
		}
		const fits = STATE.safeParse({uuid, name, ...states.get(name)});
		if (!fits.success) {
			return undefined;
		}
		states.delete(name);
		guests.push({uuid, name, word: wordOf(fits.data.state), reason: fits.data.reason});
	}
	return states.size === 0 ? guests : undefined;
}

/** The UUIDs of a list. */
export const listed = (stdout: string): string[] =>
	stdout
		.split('\n')
		.map(line => line.trim())
		.filter(isUuid);

/** The documents of several `dumpxml`, or of several files, one after the other. */
export const documents = (text: string): string[] => text.match(/<domain[\s>][\s\S]*?<\/domain>/gu) ?? [];

/** libvirt cannot be asked at all: there is no daemon, or it did not answer. */
export const unreachable = (stderr: string): boolean =>
	/failed to connect to the hypervisor|cannot recv data|end of file while/iu.test(stderr);
