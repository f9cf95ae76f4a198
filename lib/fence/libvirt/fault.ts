import {StonithError} from '../codes.ts';
import type {Where} from './where.ts';

/** What libvirt's own log adds to standard error, and what says nothing. */
const NOISE = /^(\d{4}-\d\d-\d\d .*: (info|warning|debug) : |error: failed to connect to the hypervisor$|Warning: |@|\s*$)/u;

/** The first pattern that fits says what went wrong on the way to the hypervisor. */
const KINDS: readonly (readonly [pattern: RegExp, kind: StonithError['kind'], says: (name: string, detail: string) => string])[] = [
	[
		/host key|strict checking|verify peer/iu,
		'identity',
		(name, detail) => `hypervisor ${name} is not known to be itself, so its answers prove nothing: ${detail}`,
	],
	[
		/permission denied|authentication|access denied|not authori[sz]ed|password is required|certificate|TLS confirmation/iu,
		'login',
		(name, detail) => `hypervisor ${name} refused the login: ${detail}`,
	],
	[
		/: (command )?not found/iu,
		'unreachable',
		(name, detail) => `hypervisor ${name} cannot be asked, virsh is not installed there: ${detail}`,
	],
];

/** Why there was no answer, from what was printed instead. */
export function fault({name}: Where, stderr: string): StonithError {
	const lines = stderr.split(/\r?\n/u).filter(line => !NOISE.test(line));
	const [, kind, says] = KINDS.find(([pattern]) => pattern.test(lines.join('\n'))) ?? [
		undefined,
		'unreachable' as const,
		(called: string, detail: string) => `hypervisor ${called} cannot be reached: ${detail}`,
	];
	return new StonithError(kind, says(name, detailOf(lines)));
}

/** The lines that tell most are the last ones; as much of them as a sentence bears. */
export function detailOf(lines: readonly string[]): string {
	const said = lines.map(line => line.replace(/^error: /u, '').trim()).filter(Boolean);
	return said.at(-1) ?? 'nothing was said';
}
