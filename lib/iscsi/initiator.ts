import {chmodSync, readFileSync, writeFileSync} from 'node:fs';
import type {Deadline} from '../deadline.ts';
import {at, list} from '../host.ts';
import {type Address, addressText} from '../knock.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Argv, type Result, run} from '../run.ts';
import type {Where} from './session.ts';

/** One call of iscsiadm is never worth more than this, in milliseconds. */
const PATIENCE = 15_000;

const call = ({iscsiadm}: Where, args: readonly string[], deadline: Deadline, most = PATIENCE): Promise<Result> =>
	run([iscsiadm, ...args] as unknown as Argv, {timeout: Math.max(1, Math.min(most, deadline.left()))});

const node = ({target, portal}: Where): string[] => ['-m', 'node', '-T', target, '-p', addressText(portal)];

/** iscsiadm's exit codes that are an answer, not a failure (usr/iscsi_err.h; each one seen with open-iscsi 2.1.8). */
const ISCSI = {TIMEOUT: 8, PDU_TIMEOUT: 11, SESSION_EXISTS: 15, NOTHING: 21, AUTHORIZATION: 24} as const;

const last = ({stderr, stdout}: Result): string =>
	`${stdout}\n${stderr}`
		.split('\n')
		.map(text => text.replace(/^iscsiadm: /u, '').trim())
		.find(text => text && !/^(Logging (in|out)|Could not log (into|out))/u.test(text)) ?? 'without a word';

/** Who this host is to a target, by both ways of CHAP. Secrets come from files that root alone may read. */
export interface Chap {
	username: string;
	password: string;
	/** What the target has to prove; empty: nothing. */
	usernameIn: string;
	passwordIn: string;
}

/**
 * Make the node record, or bring an old one up to date: no discovery, so no round trip.
 * @throws {OcfError}
 */
export async function keepRecord(
	where: Where,
	settings: Record<string, string>,
	chap: Chap | undefined,
	deadline: Deadline,
): Promise<void> {
	const made = await call(where, [...node(where), '-o', 'new'], deadline);
	if (made.exit !== 0) {
		throw new OcfError(OCF.ERR_GENERIC, `iscsiadm keeps no record of ${where.target}: ${last(made)}`);
	}
	const set = await call(
		where,
		[...node(where), '-o', 'update', ...Object.entries(settings).flatMap(([name, value]) => ['-n', name, '-v', value])],
		deadline,
	);
	if (set.exit !== 0) {
		throw new OcfError(OCF.ERR_GENERIC, `iscsiadm does not take the timers of ${where.target}: ${last(set)}`);
	}
	if (chap) {
		writeSecrets(where, chap);
	}
}

const FOLDER = '/etc/iscsi/nodes';

/**
 * Into the record's own file, as iscsiadm takes secrets on its command line only, where every process of this host can read them.
 * @throws {OcfError}
 */
function writeSecrets({target, portal}: Where, chap: Chap): void {
	const lines = Object.entries({
		'node.session.auth.authmethod': 'CHAP',
		'node.session.auth.username': chap.username,
		'node.session.auth.password': chap.password,
		'node.session.auth.username_in': chap.usernameIn,
		'node.session.auth.password_in': chap.passwordIn,
	}).filter(([, value]) => value !== '');
	const files = recordFiles(target, portal);
	if (files.length === 0) {
		throw new OcfError(OCF.ERR_GENERIC, `the record of ${target} is not below ${FOLDER}: CHAP cannot be set`);
	}
	for (const path of files) {
		const kept = readFileSync(path, 'utf8')
			.split('\n')
			.filter(text => !/^node\.session\.auth\.(authmethod|username|password|username_in|password_in) =/u.test(text));
		const end = kept.findIndex(text => text.startsWith('# END RECORD'));
		kept.splice(end < 0 ? kept.length : end, 0, ...lines.map(([name, value]) => `${name} = ${value}`));
		chmodSync(path, 0o600);
		writeFileSync(path, kept.join('\n'));
	}
}

/** `FOLDER/TARGET/HOST,PORT`, or a folder of that name with the target's group in it, and a file for each interface. */
function recordFiles(target: string, {host, port}: Address): string[] {
	const folder = `${FOLDER}/${target}`;
	return list(folder)
		.filter(name => name === `${host},${port}` || name.startsWith(`${host},${port},`))
		.flatMap(name => {
			const inside = list(`${folder}/${name}`);
			return inside.length > 0 ? inside.map(file => at(`${folder}/${name}/${file}`)) : [at(`${folder}/${name}`)];
		});
}

/** What a login says where iscsiadm has no record of the target. */
export const FORGOTTEN = 'iscsiadm has no record of this target';

/** Nothing when there is a session now; else why not, with the remedy. */
export async function login(where: Where, deadline: Deadline): Promise<string | undefined> {
	const result = await call(where, [...node(where), '--login'], deadline);
	switch (result.exit) {
		case 0:
		case ISCSI.SESSION_EXISTS:
			return undefined;
		case ISCSI.NOTHING:
			return FORGOTTEN;
		case ISCSI.AUTHORIZATION:
			return `${where.target} refuses this host: its name in /etc/iscsi/initiatorname.iscsi is in no ACL of the target, or CHAP is wrong`;
		case ISCSI.TIMEOUT:
		case ISCSI.PDU_TIMEOUT:
			return (await offered(where, deadline)) ?? `${where.target} gave no answer to the login`;
		default:
			return `iscsiadm could not log in to ${where.target} (${result.exit}): ${last(result)}`;
	}
}

/** A login to a name that the target does not have times out as if nobody answered, one to a target whose disk hangs as well: ask. */
async function offered(where: Where, deadline: Deadline): Promise<string | undefined> {
	const {target, portal} = where;
	const {exit, stdout} = await call(
		where,
		['-m', 'discovery', '-t', 'st', '-p', addressText(portal), '-o', 'nonpersistent'],
		deadline,
		5000,
	).catch(() => ({exit: -1, stdout: ''}));
	if (exit !== 0) {
		return undefined;
	}
	const names = stdout.split('\n').flatMap(row => row.split(' ')[1] ?? []);
	return names.includes(target)
		? undefined
		: `${addressText(portal)} has no target ${target} for this host; it offers ${names.slice(0, 3).join(', ') || 'none'}`;
}

/**
 * End the session. Of one that failed every held write fails at once.
 * @throws {OcfError}
 */
export async function logout(where: Where, deadline: Deadline): Promise<void> {
	const result = await call(where, [...node(where), '--logout'], deadline);
	if (result.exit !== 0 && result.exit !== ISCSI.NOTHING) {
		throw new OcfError(OCF.ERR_GENERIC, `iscsiadm could not log out of ${where.target} (${result.exit}): ${last(result)}`);
	}
}
