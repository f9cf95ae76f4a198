/** What the pool's lifecycle asks of an agent's parameters. */
export interface ZpoolParams {
	pool: string;
	importargs: string;
	importforce: 'auto' | 'true' | 'false';
	devices: string[];
	holders: 'report' | 'term' | 'kill';
	degraded: boolean;
	zvol_wait: number;
	/** The cluster manager's name for this resource. */
	instance: string;
}

/** Said while it works; the reason for a failure goes another way. */
export type Log = (sentence: string) => void;
