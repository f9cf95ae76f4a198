import {mkdirSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import * as z from 'zod/mini';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {gather} from '../doctor/gather.ts';
import {type Answer, type Ask, answered, reply} from '../gluster/side.ts';
import {at} from '../host.ts';
import {run} from '../run.ts';

/** How long one host's part may take at the very most, in milliseconds: each request has its own limit. */
const SIDE = 3_600_000;
/** How long a look at this host may take. */
const LOOK = 30_000;
/** Where a connection is kept for the next request. */
const FOLDER = '/run/twinpool';
/** No question, no long wait for a host that is not there, and one connection for all requests of a command: writes may be held for some. */
const SSH = [
	'ssh',
	'-o',
	'BatchMode=yes',
	'-o',
	'ConnectTimeout=10',
	'-o',
	'ControlMaster=auto',
	'-o',
	`ControlPath=${FOLDER}/ssh-%C`,
	'-o',
	'ControlPersist=30',
	'--',
] as const;

/** What `twinpool side` of another host answers. @throws {Error} it did not */
export async function remotely(host: string, request: unknown, deadline: Deadline): Promise<string> {
	mkdirSync(at(FOLDER), {recursive: true, mode: 0o700});
	const {exit, stdout, stderr} = await run([...SSH, host, 'twinpool', 'side'], {
		timeout: Math.max(1, deadline.left()),
		input: JSON.stringify(request),
	});
	if (exit !== 0 && stdout === '') {
		throw new Error(`"ssh ${host} twinpool side" ended with ${exit}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
	}
	return stdout;
}

/** This host directly, another one through ssh. */
export const ask: Ask = async (host, request, deadline: Deadline): Promise<Answer> =>
	host === undefined ? reply(request, deadline) : answered(host, await remotely(host, request, deadline));

/** What "doctor" of the other host asks. */
const FACTS = z.object({ask: z.literal('facts')});

/** `twinpool side`: one request on the standard input, one answer. */
export async function side(): Promise<number> {
	const given = await text(process.stdin);
	let request: unknown;
	try {
		request = JSON.parse(given);
	} catch {
		request = undefined;
	}
	if (FACTS.safeParse(request).success) {
		process.stdout.write(`${JSON.stringify(await gather(deadlineOf(LOOK, performance.now())))}\n`);
		return 0;
	}
	const said = await reply(request, deadlineOf(SIDE, performance.now()));
	process.stdout.write(`${JSON.stringify(said)}\n`);
	return said.why === undefined ? 0 : 1;
}
