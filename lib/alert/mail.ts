import {at} from '../host.ts';
import {lastWord} from '../lifecycle.ts';
import {run} from '../run.ts';
import {type Delivery, runnable, unanswered} from './delivery.ts';
import type {Message} from './message.ts';
import {plain} from './words.ts';

const SENDMAIL = '/usr/sbin/sendmail';
/** What one encoded word of a header may hold: 75 characters with its frame, in base64. */
const WORD = 45;

/** A header's text: as it is, or as the encoded words of RFC 2047. */
export function header(text: string): string {
	if (/^[\x20-\x7e]*$/u.test(text) && !text.includes('=?')) {
		return text;
	}
	const words: string[] = [];
	let word = '';
	for (const sign of text) {
		if (Buffer.byteLength(word + sign) > WORD) {
			words.push(word);
			word = '';
		}
		word += sign;
	}
	return [...words, word].map(part => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\n ');
}

/** The message as sendmail takes it. */
export function letter(message: Message, to: string, from: string): string {
	const ascii = /^[\n\x20-\x7e]*$/u.test(message.text);
	const body = ascii ? message.text : Buffer.from(message.text).toString('base64').replace(/.{76}/gu, '$&\n');
	const headers = [
		...(from ? [`From: ${from}`] : []),
		`To: ${to}`,
		`Subject: ${header(message.subject)}`,
		// The same from another node is the same message: mailboxes that look at it keep one.
		`Message-ID: <${message.id}@${plain(message.cluster, 'cluster').replace(/[@:+]/gu, '.')}.twinpool>`,
		'Auto-Submitted: auto-generated',
		'MIME-Version: 1.0',
		`Content-Type: text/plain; charset=${ascii ? 'us-ascii' : 'utf-8'}`,
		`Content-Transfer-Encoding: ${ascii ? '7bit' : 'base64'}`,
	];
	return `${headers.join('\n')}\n\n${body}\n`;
}

/** Hand it to the host's mail transport; the recipient is in the header, never in the arguments. */
export async function mail(message: Message, to: string, from: string, timeout: number): Promise<Delivery> {
	const missing = runnable(SENDMAIL, 'install a mail transport, such as postfix or msmtp-mta, or use a webhook');
	if (missing) {
		return {why: missing, again: false};
	}
	try {
		const result = await run([at(SENDMAIL), '-t', '-oi'], {timeout, input: letter(message, to, from)});
		return result.exit === 0 ? 'done' : {why: lastWord({...result, argv: [SENDMAIL]}), again: true};
	} catch (error) {
		return unanswered(error);
	}
}
