/** One of virsh's commands, and the mark under which its answer is found. */
export type Step = readonly [mark: string, command: string];

/** A word in single quotes, as virsh and the shell both read them. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * What one virsh runs: a connection for all of it, over the network one round of logins.
 * virsh goes on after a command that failed, so each answer has its mark, and the last mark says that nothing was cut off.
 */
export const script = (steps: readonly Step[]): string =>
	[...steps.map(([mark, command]) => `echo @${mark}:; ${command}`), 'echo @end:'].join('; ');

/** The target is one word that begins with the option's name: no name of a guest can be an option. */
export const domain = (command: string, target: string): string => `${command} --domain=${quoted(target)}`;

/** What was printed under each mark; nothing when the end is missing. What a login shell prints comes before the first one. */
export function answers(stdout: string, end: string): Record<string, string> | undefined {
	const parts = stdout.split(/^@(?<mark>[a-z]+):\n?/mu).slice(1);
	const said = Object.fromEntries(
		parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1]?.trim() ?? ''] as const] : [])),
	);
	return end in said ? said : undefined;
}
