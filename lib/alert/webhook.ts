import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';
import type {RequestOptions} from 'node:http';
import {at} from '../host.ts';
import type {Delivery} from './delivery.ts';
import type {Message} from './message.ts';

const SECRET_SIZE = 4096;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/u;
const HEADER = /^(?<name>[\w-]+): *(?<value>[\x21-\x7e][\x20-\x7e]*)$/u;

/** The header that a file of one line holds: `Name: value`, or a token to bear; or why it cannot be used. */
export function secret(path: string): {name: string; value: string} | string {
	const remedy = `under Pacemaker the user is hacluster: chown root:haclient ${path}, chmod 640`;
	let line: string;
	try {
		// Not a pipe that never says anything.
		const file = openSync(at(path), constants.O_RDONLY | constants.O_NONBLOCK);
		try {
			const stat = fstatSync(file);
			if (!stat.isFile() || stat.size > SECRET_SIZE) {
				return `secret_file ${path}: expected a file with one line`;
			}
			line = readFileSync(file, 'utf8').trim();
		} finally {
			closeSync(file);
		}
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		return code === 'ENOENT' ? `secret_file ${path}: there is no such file` : `secret_file ${path} cannot be read (${code}); ${remedy}`;
	}
	const {name = 'Authorization', value = `Bearer ${line}`} = HEADER.exec(line)?.groups ?? {};
	return /^[\x21-\x7e][\x20-\x7e]*$/u.test(line) ? {name, value} : `secret_file ${path}: expected one line of printable ASCII`;
}

interface Post {
	url: URL;
	/** A host and no more: what is behind it may be a secret. */
	name: string;
	secretFile: string;
	agent: string;
}

/** POST it as JSON. A redirect is not followed: the message would go where nobody has configured it to. */
export async function webhook(message: Message, {url, name, secretFile, agent}: Post, timeout: number): Promise<Delivery> {
	const own = secretFile ? secret(secretFile) : undefined;
	if (typeof own === 'string') {
		return {why: own, again: false};
	}
	if (own && url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
		return {why: `${name}: the secret of secret_file is not sent without TLS: use https`, again: false};
	}
	const body = JSON.stringify(message);
	const {status, location, fault} = await post(url, body, {
		method: 'POST',
		agent: false,
		signal: AbortSignal.timeout(timeout),
		headers: {
			'Content-Type': 'application/json',
			'Content-Length': Buffer.byteLength(body),
			'User-Agent': agent,
			'Idempotency-Key': message.id,
			...(own && {[own.name]: own.value}),
		},
	});
	if (fault !== undefined) {
		return {why: `${name}: ${fault}`, again: true};
	}
	if (status >= 200 && status < 300) {
		return 'done';
	}
	if (status >= 300 && status < 400) {
		return {why: `${name} redirects (${status})${where(location, url)}, which is not followed: configure that address`, again: false};
	}
	return {why: `${name} answered ${status}`, again: status >= 500 || status === 429 || status === 408};
}

/** Where a redirect leads: its host alone. */
function where(location: string | undefined, url: URL): string {
	try {
		return location === undefined ? '' : ` to ${new URL(location, url).origin}/...`;
	} catch {
		return '';
	}
}

interface Reply {
	status: number;
	location?: string | undefined;
	fault?: string;
}

async function post(url: URL, body: string, options: RequestOptions): Promise<Reply> {
	const {request} = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
	return new Promise(resolve => {
		const asked = request(url, options);
		asked.on('error', (error: NodeJS.ErrnoException) =>
			resolve({status: 0, fault: options.signal?.aborted ? 'no answer in time' : error.message || error.code || 'no connection'}),
		);
		asked.on('response', ({statusCode = 0, headers}) => {
			resolve({status: statusCode, location: headers.location});
			// What it has to say besides is not read, however much it is.
			asked.destroy();
		});
		asked.end(body);
	});
}
