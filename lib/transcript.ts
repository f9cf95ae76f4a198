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
 */
export function transcribe({argv, stdout, stderr, end, ms}: Line): void {
	write(() => ({
		command: argv.map(masked),
		env: Object.fromEntries(
			Object.entries(process.env)
				.filter(([name]) => /^(OCF|DRBD|CIB|PATH$)/u.test(name))
				.map(([name, value = '']) => [name, NAMED.test(name) ? MASK : value]),
		) as Record<string, string>,
		stdout: masked(stdout),
		stderr: masked(stderr),
		...end,
		ms: Math.round(ms),
	}));
}

/** What this process wrote last, by machine and what it is of. */
const seen = new Map<string, string>();

/** The same file gets one line a look that differs from the one before: what a machine, by its id, was shown of one thing. */
export function saw(machine: string, looked: unknown, of = process.env['OCF_RESOURCE_INSTANCE']): void {
	// Nothing is seen of what is down, and that is a look, too.
	const facts = looked ?? null;
	write(() => {
		const [thing, text] = [`${machine} ${of}`, JSON.stringify(facts)];
		const same = seen.get(thing) === text;
		seen.set(thing, text);
		return same ? undefined : {pid: process.pid, machine, of, facts};
	});
}

/** A file that cannot be written is no reason not to act. */
function write(line: () => object | undefined): void {
	const file = process.env['TWINPOOL_TRANSCRIPT'];
	const said = file && line();
	if (!said) {
		return;
	}
	try {
		append(file, `${JSON.stringify({time: new Date().toISOString(), ...said})}\n`);
	} catch (error) {
		process.stderr.write(`TWINPOOL_TRANSCRIPT: ${error instanceof Error ? error.message : String(error)}\n`);
	}
}
