import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';
import {asName, at} from '../host.ts';
import {addressText, own} from '../knock.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import type {Chap} from './initiator.ts';
import {portalOf, type Where} from './session.ts';

/** What the actions ask of an agent's parameters. */
export interface LegParams {
	portal: string[];
	target: string[];
	pool: string;
	lun: number;
	iscsiadm: string;
	resilver: boolean;
	read: 'local' | 'any';
	stall: number;
	chap_username: string;
	chap_password_file: string;
	chap_username_in: string;
	chap_password_in_file: string;
	degraded: boolean;
	override: number | undefined;
}

/** The two ends of the mirror, seen from here: the leg, and this host's own export for the other node. */
export interface Ends {
	leg: Where;
	/** The target that this host offers; nothing where the parameters do not say. */
	ours?: string | undefined;
}

const wrong = (reason: string): never => {
	throw new OcfError(OCF.ERR_CONFIGURED, reason);
};

/**
 * With one portal that is the leg's. With two, one a node in any order, it is the one that is not this host's, and the targets, one
 * or two, go with the portals.
 * @throws {OcfError} 6
 */
export function endsOf({portal: portals, target: targets, lun, iscsiadm}: LegParams): Ends {
	const parsed = portals.map(text => portalOf(text) ?? wrong(`parameter portal: "${text}" is no address, with or without a port`));
	if (parsed.length > 2 || targets.length > parsed.length) {
		wrong("parameter portal takes one portal, or two of which one is this host's, and parameter target one name for each or one for both");
	}
	const [here, there] = [parsed.findIndex(({host}) => own(host)), parsed.findIndex(({host}) => !own(host))];
	if (parsed.length === 2 && (here < 0 || there < 0)) {
		wrong(`parameter portal: of ${parsed.map(addressText).join(' and ')} exactly one has to be an address of this host`);
	}
	const portal = parsed[parsed.length === 2 ? there : 0] ?? wrong('parameter portal is empty');
	const named = (index: number): string => targets[Math.min(index, targets.length - 1)] ?? '';
	const leg = {portal, target: named(parsed.length === 2 ? there : 0), lun, iscsiadm};
	return {leg, ours: parsed.length === 2 ? named(here) : undefined};
}

/** The first line of a file that root alone may read. @throws {OcfError} 5 */
function secret(path: string): string {
	let file: number | undefined;
	try {
		// Not a pipe that never says anything.
		file = openSync(at(path), constants.O_RDONLY + constants.O_NONBLOCK);
		const {mode, uid} = fstatSync(file);
		if (mode & 0o077) {
			throw new OcfError(OCF.ERR_INSTALLED, `${path} can be read by others: chmod 600 ${path}`);
		}
		if (uid !== process.getuid?.()) {
			throw new OcfError(OCF.ERR_INSTALLED, `${path} is another user's, who can read it and change it: chown root ${path}`);
		}
		const [first = ''] = readFileSync(file, 'utf8').split('\n');
		if (first === '') {
			throw new OcfError(OCF.ERR_INSTALLED, `${path} is empty: its first line is the CHAP secret`);
		}
		return first;
	} catch (error) {
		throw error instanceof OcfError ? error : new OcfError(OCF.ERR_INSTALLED, `the CHAP secret ${path} cannot be read: ${String(error)}`);
	} finally {
		if (file !== undefined) {
			closeSync(file);
		}
	}
}

/** @throws {OcfError} 5 a file that is not as it should be; 6 a name without a secret */
export function chapOf(params: LegParams): Chap | undefined {
	const {chap_username: username, chap_password_file: file, chap_username_in: usernameIn, chap_password_in_file: fileIn} = params;
	if (!(username || usernameIn || file || fileIn)) {
		return undefined;
	}
	if (!(username && file) || Boolean(usernameIn) !== Boolean(fileIn)) {
		wrong("CHAP takes chap_username with chap_password_file, and for the target's own proof chap_username_in with chap_password_in_file");
	}
	return {username, password: secret(file), usernameIn, passwordIn: fileIn ? secret(fileIn) : ''};
}

/** Where a program on this host leaves word of the leg of this pool for the next one. */
export const runFile = (pool: string, kind: string): string => `/run/twinpool/leg-${asName(pool)}.${kind}`;
