import {networkInterfaces} from 'node:os';
import {type Portal, portalText} from './session.ts';

/** Does somebody answer at the portal? Nothing, or why not. Costs no program, and no wait for iscsid's own retries. */
export async function knock(portal: Portal, milliseconds: number): Promise<string | undefined> {
	// Imported late: node 18 cannot keep it in a start-up snapshot.
	const {createConnection} = await import('node:net');
	return new Promise(resolve => {
		const socket = createConnection({...portal, timeout: milliseconds});
		const answer = (why: string | undefined): void => {
			socket.destroy();
			resolve(why);
		};
		socket.once('connect', () => answer(undefined));
		socket.once('timeout', () => answer(`${portalText(portal)} gives no answer: the peer or the link to it is down`));
		socket.once('error', (error: NodeJS.ErrnoException) => answer(refusal(portal, error)));
	});
}

function refusal(portal: Portal, {code = '', message}: NodeJS.ErrnoException): string {
	if (code === 'ECONNREFUSED') {
		return `${portalText(portal)} refuses the connection: no target listens there`;
	}
	return /^E(HOST|NET)UNREACH$/u.test(code)
		? `${portalText(portal)} is out of reach: the peer or the link to it is down`
		: `${portalText(portal)} cannot be reached: ${message}`;
}

/** Whether an address is this host's own: of two portals the leg is the other one's. */
export const own = ({host}: Portal): boolean =>
	Object.values(networkInterfaces()).some(addresses => addresses?.some(({address}) => address === host));
