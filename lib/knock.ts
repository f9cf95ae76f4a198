import {networkInterfaces} from 'node:os';

/** One end of a TCP connection. */
export interface Address {
	host: string;
	port: number;
}

export const addressText = ({host, port}: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Does somebody answer there? Nothing, or why not, naming who ("no target") it is that does not listen. Costs no program. */
export async function knock(address: Address, milliseconds: number, nobody = 'nobody'): Promise<string | undefined> {
	// Imported late: node 18 cannot keep it in a start-up snapshot.
	const {createConnection} = await import('node:net');
	return new Promise(resolve => {
		const socket = createConnection({...address, timeout: milliseconds});
		const answer = (why: string | undefined): void => {
			socket.destroy();
			resolve(why);
		};
		socket.once('connect', () => answer(undefined));
		// Whoever answered while we computed did answer: a timer comes before the news.
		socket.once('timeout', () => setImmediate(answer, `${addressText(address)} gives no answer: the peer or the link to it is down`));
		socket.once('error', (error: NodeJS.ErrnoException) => answer(refusal(address, error, nobody)));
	});
}

function refusal(address: Address, {code = '', message}: NodeJS.ErrnoException, nobody: string): string {
	if (code === 'ECONNREFUSED') {
		return `${addressText(address)} refuses the connection: ${nobody} listens there`;
	}
	return /^E(HOST|NET)UNREACH$/u.test(code)
		? `${addressText(address)} is out of reach: the peer or the link to it is down`
		: `${addressText(address)} cannot be reached: ${message}`;
}

/** Whether an address is this host's own. */
export const own = (host: string): boolean =>
	Object.values(networkInterfaces()).some(addresses => addresses?.some(({address}) => address === host));
