import {append} from './host.ts';

/** What names a secret at the end of a name, whoever's: of a fence device in the CIB, of DRBD's peers, of CHAP, of a guest's console. */
const NAME = /passw(?:or)?d|secret|community/u.source;
const NAMED = new RegExp(`(?:${NAME})(?:_in)?$`, 'iu');
/** As tools print it: name=value, name="value", name "value", name="name" value="value", and DRBD's shared-secret value. */
const TOLD = new RegExp(
	`((?:${NAME})(?:_in)?["']?(?:[ \\t]*=[ \\t]*|[ \\t]+value=|[ \\t]+(?=["'])|(?<=shared-secret)[ \\t]+))("[^"\\n]*"|'[^'\\n]*'|[^\\s"'<>]+)`,
	'giu',
);
const MASK = '***';

/** The text with every secret in it replaced: what is written down is read by others. */
export const masked = (text: string): string =>
	text.replace(TOLD, (_, name: string, value: string) => {
		const quote = /^["']/u.exec(value)?.[0] ?? '';
		return `${name}${quote}${MASK}${quote}`;
	});

/** One command, and what it did. */
interface Line {
	argv: readonly string[];
	stdout: string;
	stderr: string;
	end: {exit: number} | {fault: string; message: string};
	ms: number;
}

/**
 * TWINPOOL_TRANSCRIPT names a file that gets one JSON line a command: captures of real tools become fixtures. Secrets are left out of it.
 * A file that cannot be written is no reason not to act.
 */
export function transcribe({argv, stdout, stderr, end, ms}: Line): void {
	const file = process.env['TWINPOOL_TRANSCRIPT'];
	if (!file) {
		return;
	}
	const env = Object.entries(process.env)
		.filter(([name]) => /^(OCF|DRBD|CIB|PATH$)/u.test(name))
		.map(([name, value = '']) => [name, NAMED.test(name) ? MASK : value]);
	const line = {
		time: new Date().toISOString(),
		command: argv.map(masked),
		env: Object.fromEntries(env) as Record<string, string>,
		stdout: masked(stdout),
		stderr: masked(stderr),
		...end,
		ms: Math.round(ms),
	};
	try {
		append(file, `${JSON.stringify(line)}\n`);
	} catch (error) {
		process.stderr.write(`TWINPOOL_TRANSCRIPT: ${error instanceof Error ? error.message : String(error)}\n`);
	}
}
