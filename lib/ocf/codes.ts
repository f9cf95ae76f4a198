/** Exit codes as OCF 1.1 and Pacemaker mean them (Pacemaker Explained, "How are OCF return codes interpreted"). */
export const OCF = {
	SUCCESS: 0,
	ERR_GENERIC: 1,
	ERR_ARGS: 2,
	ERR_UNIMPLEMENTED: 3,
	ERR_PERM: 4,
	ERR_INSTALLED: 5,
	ERR_CONFIGURED: 6,
	NOT_RUNNING: 7,
	RUNNING_PROMOTED: 8,
	FAILED_PROMOTED: 9,
	DEGRADED: 190,
	DEGRADED_PROMOTED: 191,
} as const;
export type Code = (typeof OCF)[keyof typeof OCF];

const LONGEST = 190;

/** A refusal: the exit code and the sentence that becomes `ocf-exit-reason:`, one line, under 200 characters. */
export class OcfError extends Error {
	readonly code: Code;
	constructor(code: Code, reason: string, options?: ErrorOptions) {
		super(oneLine(reason), options);
		this.name = 'OcfError';
		this.code = code;
	}
}

/** One line of printable text, short enough for crm_mon. */
export function oneLine(text: string): string {
	const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
	return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
