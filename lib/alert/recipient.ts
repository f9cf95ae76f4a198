/** Where a message goes. */
export type Target =
	| {how: 'mail'; to: string; name: string}
	| {how: 'webhook'; url: URL; name: string}
	| {how: 'script'; path: string; name: string};

const HOW = 'expected mail:ADDRESS, https://HOST/PATH, or the absolute path of a script';
/** As RFC 5322 has it without quotes and comments; `mail:` takes a local user, too. */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}(@[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?)?$/iu;

export const isAddress = (word: string): boolean => ADDRESS.test(word) && !word.startsWith('-');

/** The target that a recipient's value names, or the sentence that says what is wrong with it. `name` is fit for a log. */
export function targetOf(value: string): Target | string {
	if (value === '') {
		return `there is no recipient: ${HOW} (pcs alert recipient add ALERT value=...)`;
	}
	const shown = JSON.stringify(value.slice(0, 80));
	if (/[\p{Cc}\p{Cs}]/u.test(value) || value.length > 2000) {
		return `recipient ${shown}: it has control characters or is too long; ${HOW}`;
	}
	if (value.startsWith('/')) {
		return {how: 'script', path: value, name: value};
	}
	if (/^https?:/iu.test(value)) {
		try {
			const url = new URL(value);
			// What is behind the host is often a secret.
			return {how: 'webhook', url, name: `${url.origin}/...`};
		} catch {
			return `recipient ${shown}: this is no URL; ${HOW}`;
		}
	}
	const to = value.replace(/^mail:/u, '');
	if (isAddress(to) && (to.includes('@') || to !== value)) {
		return {how: 'mail', to, name: `mail:${to}`};
	}
	return `recipient ${shown}: ${HOW}`;
}
