import type {Deadline} from '../deadline.ts';
import {knock} from '../knock.ts';
import type {Lifecycle, Outcome} from '../lifecycle.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {FORGOTTEN, login, logout} from './initiator.ts';
import {type Session, sessionsTo, type Where} from './session.ts';
import type {Facts, VdevWord} from './states.ts';

/** What the leg's lifecycle works with: where it is, and what only its caller knows how to ask or do. */
export interface Leg {
	pool: string;
	where: Where;
	/** Write what iscsiadm is to know of the target. */
	record(deadline: Deadline): Promise<void>;
	/** The vdev as the pool has it; asked only while the pool is not ONLINE, or a resilver is followed. */
	vdev(session: Session | undefined, deadline: Deadline): Promise<VdevWord>;
	/** Before held writes may fail: does every other node know that this leg is behind, or is it down? */
	release(deadline: Deadline): Promise<Outcome>;
	/** After a login, with the session: limits, identity. */
	arrived(session: Session, deadline: Deadline): Promise<Outcome>;
	online(session: Session, deadline: Deadline): Promise<Outcome>;
}

/** How long a portal may take to answer before it counts as out of reach, in milliseconds. */
const KNOCK = 1000;

export const session = ({where}: Leg): Session | undefined => sessionsTo(where)[0];

/** One leg on this node, driven through iscsiadm and zpool, seen through /sys and /proc. */
export const leg: Lifecycle<Leg, Facts> = {
	goals: {
		keep: {reach: ['LoggedIn', 'Serves'], by: ['login', 'release', 'online']},
		// Until the pool is imported: a half that start has not compared must not come into the import's reach.
		wait: {reach: ['Settled'], by: ['release']},
	},
	async observe(given, deadline) {
		const here = session(given);
		return {session: here?.state ?? 'none', vdev: await given.vdev(here, deadline)};
	},
	async resolve(facts) {
		const {machine} = await import('./machine.ts');
		return {machine, value: {session: facts.session, vdev: facts.vdev}, context: {}};
	},
	async act(verb, given, _facts, deadline) {
		const here = session(given);
		switch (verb) {
			case 'login':
				return enter(given, deadline);
			case 'release': {
				const said = await given.release(deadline);
				if ('done' in said) {
					await logout(given.where, deadline);
				}
				return said;
			}
			default:
				return here ? given.online(here, deadline) : {again: 'the session has gone'};
		}
	},
	refusal: (goal, {session: is, vdev}, {where}) =>
		new OcfError(OCF.ERR_GENERIC, `no way to ${goal} ${where.target}: its session is ${is}, its vdev ${vdev}`),
};

async function enter(given: Leg, deadline: Deadline): Promise<Outcome> {
	const {where} = given;
	const away = await knock(where.portal, Math.max(1, Math.min(KNOCK, deadline.left())), 'no target');
	if (away !== undefined) {
		return {again: away};
	}
	let why = await login(where, deadline);
	if (why === FORGOTTEN) {
		// Somebody deleted its record.
		await given.record(deadline);
		why = await login(where, deadline);
	}
	const here = why === undefined ? session(given) : undefined;
	if (!here) {
		return {again: why ?? `${where.target} is logged in, but the kernel has no session`, later: true};
	}
	return given.arrived(here, deadline);
}
