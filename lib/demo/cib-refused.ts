/** Why cibadmin is told no, in Pacemaker's exit codes. */
export class CibRefused extends Error {
	readonly exit: number;
	constructor(exit: number, message: string) {
		super(message);
		this.exit = exit;
	}
}
