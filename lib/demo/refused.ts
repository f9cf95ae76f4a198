/** Why the kernel refuses a change of state: its own numbers and sentences. */
export class Refused extends Error {
	readonly code: number;
	readonly exit: number;
	constructor(code: number, exit: number, message: string) {
		super(message);
		this.code = code;
		this.exit = exit;
	}
}

export const noData = (): Refused => new Refused(-2, 17, 'Need access to UpToDate data');
export const notOutdated = (): Refused => new Refused(-7, 17, 'Refusing to be Primary while peer is not outdated');
export const twoPrimaries = (): Refused => new Refused(-1, 11, 'Multiple primaries not allowed by config');
export const heldOpen = (): Refused => new Refused(-12, 11, 'Device is held open by someone');
