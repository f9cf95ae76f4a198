import * as z from 'zod/mini';
import type {AlertAgent} from '../lib/alert/agent.ts';
import {KINDS, type Kind} from '../lib/alert/kinds.ts';
import {isAddress} from '../lib/alert/recipient.ts';
import {type Param, text, whole} from '../lib/ocf/params.ts';
import packaged from '../package.json' with {type: 'json'};

const words = (line: string): string[] => line.split(/[\s,]+/u).filter(Boolean);
const known = (word: string): word is Kind => (KINDS as readonly string[]).includes(word);

const tell: Param<Kind[]> = {
	...text({
		default: KINDS.join(','),
		short: 'What is told',
		long: `Kinds of events, separated by commas: ${KINDS.join(', ')}. The first four are told by the DRBD handlers; a failure is an operation of any resource.`,
	}),
	schema: z.pipe(
		z.string().check(z.refine(line => words(line).every(known), {error: `expected some of ${KINDS.join(', ')}`})),
		z.transform(line => words(line).filter(known)),
	),
};

const from: Param<string> = {
	...text({
		default: '',
		short: 'Sender of mails',
		long: "The address in From:, e.g. twinpool@example.com. Without one the mail transport puts hacluster's.",
	}),
	schema: z.string().check(z.refine(word => word === '' || isAddress(word), {error: 'expected an address such as twinpool@example.com'})),
};

const timeout: Param<number> = {
	...whole({
		default: '30',
		short: 'Seconds for one recipient',
		long: "All that it may take, tries again included. Not more than the alert's own timeout, a meta attribute, which is 30 s unless set.",
	}),
	schema: z.pipe(
		z.string().check(z.regex(/^[1-9]\d{0,2}s?$/u, {error: 'expected whole seconds, 1 to 999'})),
		z.transform(word => Number.parseInt(word, 10)),
	),
};

/** `alert_twinpool`: a Pacemaker alert agent. */
export const agent: AlertAgent = {
	name: 'alert_twinpool',
	version: packaged.version,
	short: 'tell people of split-brain, failed disks, fencing and failures, once',
	long: `Pacemaker calls it for an event of the cluster, once for each recipient. It sends a mail, posts to a webhook, or runs a script.

A message names the cluster, the node, the resource and what happened, and says what to do. It is sent once: both nodes find a split-brain, Pacemaker repeats an attribute whenever another one's value or its writer changes, and every node hears of a fencing. An event that was told is not told again. A resource that fails over and over is told every 10 minutes, with how often it was meanwhile.

What was told is remembered in /run/crm, Pacemaker's own folder, and with the cluster's attribute daemons, so that a node which takes over knows. Where neither answers, or a message did not get through, it is told again: twice is better than never. Two messages of one event have the same id, and mails the same Message-ID.`,
	options: {
		tell,
		cluster: text({
			default: '',
			short: 'Name of the cluster',
			long: "The name in messages. Empty is the cluster's own, as in corosync.conf.",
		}),
		mail_from: from,
		secret_file: text({
			default: '',
			pattern: /^(\/[^\p{Cc}]*)?$/u,
			says: 'an absolute path',
			short: 'File with the secret of webhooks',
			long: 'A file of one line: a token, sent as "Authorization: Bearer ...", or a whole header, "Name: value". hacluster has to be able to read it (root:haclient, 0640). It is not sent over http, except to this host.',
		}),
		timeout,
	},
};
