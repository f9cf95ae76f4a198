import {mkdirSync} from 'node:fs';
import * as z from 'zod/mini';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {gather} from '../doctor/gather.ts';
import {resourceAnswered} from '../fence/asked.ts';
import {resourceReply} from '../fence/side.ts';
import {answered, reply} from '../gluster/side.ts';
import {at} from '../host.ts';
import {halvesAnswered, halvesReply} from '../iscsi/side.ts';
import {run} from '../run.ts';
import {beats} from './beat.ts';

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

/** What a host may be asked about: how it answers, and how its answer is read. A request names its subject by the key that it has. */
const SUBJECTS = {
	volume: {reply, answered},
	resource: {reply: resourceReply, answered: resourceAnswered},
	pool: {reply: halvesReply, answered: halvesAnswered},
};

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

/** What "doctor" of the other host asks. */
const FACTS = z.object({ask: z.literal('facts')});

/** This host directly, another one through ssh, where `twinpool side` answers. */
const asking =
	<Answer>(subject: {reply(asked: unknown, limit: Deadline): Promise<Answer>; answered(host: string, text: string): Answer}) =>
	async (host: string | undefined, request: {ask: string}, deadline: Deadline): Promise<Answer> => {
		if (host === undefined) {
			return subject.reply(request, deadline);
		}
		return subject.answered(host, await remotely(host, request, deadline));
	};

export const ask = asking(SUBJECTS.volume);
export const askResource = asking(SUBJECTS.resource);
export const askHalves = asking(SUBJECTS.pool);

/** So much is a question, and no more: the names of a thousand files are in one. */
const LONGEST = 8 * 1024 * 1024;

/** What is asked: the first line, or all, where that is none. */
function question(): Promise<string> {
	return new Promise(resolve => {
		let said = '';
		process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
			said += chunk;
			if (chunk.includes('\n') || said.length > LONGEST) {
				resolve(said.length > LONGEST ? '' : said.slice(0, said.indexOf('\n')));
				process.stdin.pause();
			}
		});
		process.stdin.on('error', () => resolve(said)).on('end', () => resolve(said));
	});
}

/** Lines, for as long as the other end is there. */
function stream(request: unknown): Promise<number> {
	const over = new AbortController();
	const end = (): void => over.abort();
	process.stdin.on('end', end).on('error', end);
	process.stdout.on('error', end);
	if (process.stdin.readableEnded) {
		end();
	}
	return beats(request, beat => void process.stdout.write(`${JSON.stringify(beat)}\n`), over.signal);
}

/** `twinpool side`: one request on the standard input, one answer. */
export async function side(): Promise<number> {
	const given = await question();
	let request: unknown;
	try {
		request = JSON.parse(given);
	} catch {
		request = undefined;
	}
	const keys = typeof request === 'object' && request !== null ? Object.keys(request) : [];
	if (keys.includes('dataset')) {
		return stream(request);
	}
	process.stdin.destroy();
	if (FACTS.safeParse(request).success) {
		process.stdout.write(`${JSON.stringify(await gather(deadlineOf(LOOK, performance.now())))}\n`);
		return 0;
	}
	const subject = (['resource', 'pool'] as const).find(key => keys.includes(key)) ?? 'volume';
	const said = await SUBJECTS[subject].reply(request, deadlineOf(SIDE, performance.now()));
	process.stdout.write(`${JSON.stringify(said)}\n`);
	return said.why === undefined ? 0 : 1;
}
