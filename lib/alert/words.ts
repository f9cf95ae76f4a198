const LONGEST = 300;

/** Text of others, fit for one line of a message: no control character, nothing that turns the direction of reading, not too long. */
export function clean(text: string | undefined, longest = LONGEST): string {
	const line = (text ?? '')
		.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
		.replace(/ {2,}/gu, ' ')
		.trim();
	const letters = [...line];
	return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}

/** A name that may be copied into a shell, or what it stands for: a message is no place for somebody else's command. */
export const plain = (name: string, instead: string): string => (/^[\w@.:+][\w@.:+-]{0,127}$/u.test(name) ? name : instead);
