import {type Deadline, deadlineOf} from '../deadline.ts';
import {OCF, OcfError} from '../ocf/codes.ts';
import {type Param, type Params, parse, type Values} from '../ocf/params.ts';
import {killAll, whenTold} from '../run.ts';
import {ours} from './cluster.ts';
import {eventOf} from './event.ts';
import type {Kind} from './kinds.ts';
import {targetOf} from './recipient.ts';
import {type Call, complain, deliver, once} from './told.ts';

/** What an alert's instance attributes may be: Pacemaker gives them as they are, in the environment. */
export interface AlertOptions extends Params {
	tell: Param<Kind[]>;
	cluster: Param<string>;
	mail_from: Param<string>;
	secret_file: Param<string>;
	timeout: Param<number>;
}

/** One declaration: parsing, manual and README follow from it. */
export interface AlertAgent {
	name: string;
	version: string;
	short: string;
	long: string;
	options: AlertOptions;
}

/** Told, or nothing to tell; could not be told; called or configured in a way that cannot work. */
export const EXIT = {DONE: 0, FAILED: 1, WRONG: 2} as const;

/** Run once, as Pacemaker does for each event and recipient, or with --test: the exit code. Never throws. */
export async function main(agent: AlertAgent, argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
	whenTold(waiting => process.stderr.write(`${agent.name}: was told to end while waiting for ${waiting}\n`));
	try {
		return await act(agent, argv, env);
	} catch (error) {
		await complain(agent.name, error instanceof Error ? error.message : String(error));
		return error instanceof OcfError ? EXIT.WRONG : EXIT.FAILED;
	} finally {
		killAll();
	}
}

const usage = ({name}: AlertAgent): string =>
	`usage: ${name} --test RECIPIENT\nPacemaker calls it for an event, with CRM_alert_kind and the rest in the environment.\n`;

async function act(
	agent: AlertAgent,
	[word, to = '']: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
	if (word === '--help' || word === '--version') {
		process.stdout.write(word === '--help' ? usage(agent) : `${agent.name} ${agent.version}\n`);
		return EXIT.DONE;
	}
	const test = word === '--test';
	if ((word !== undefined && !test) || !(test || env['CRM_alert_kind'])) {
		process.stderr.write(usage(agent));
		return EXIT.WRONG;
	}
	const call = callOf(agent, test ? to : (env['CRM_alert_recipient'] ?? ''), env);
	if (test) {
		return await tryOut(call);
	}
	const event = eventOf(env, call.options.tell, new Date());
	return event && (await ours(event, call.deadline)) ? await once(call, event) : EXIT.DONE;
}

/** What it was called with, checked. @throws {OcfError} the sentence that names what is wrong and what would be right */
function callOf(
	{name, version, options: declared}: AlertAgent,
	recipient: string,
	env: Readonly<Record<string, string | undefined>>,
): Call {
	const given = Object.fromEntries(Object.keys(declared).map(option => [`OCF_RESKEY_${option}`, env[option]]));
	const options: Values<AlertOptions> = parse(declared, given);
	const target = targetOf(recipient);
	if (typeof target === 'string') {
		throw new OcfError(OCF.ERR_CONFIGURED, target);
	}
	const deadline: Deadline = deadlineOf(options.timeout * 1000, performance.now());
	return {program: name, version, options, recipient, target, deadline};
}

/** A message by hand, to see whether the recipient and the options work. */
async function tryOut(call: Call): Promise<number> {
	const {program, target} = call;
	const delivery = await deliver(call, {
		kind: 'failure',
		key: 'test',
		identity: String(Date.now()),
		quiet: 0,
		node: '',
		resource: '',
		what: `a test of ${program}`,
		time: new Date().toISOString(),
		facts: {},
		advice: ['Nothing: somebody called it with --test.'],
	});
	if (delivery !== 'done') {
		process.stderr.write(`${program}: ${delivery.why}\n`);
		return EXIT.FAILED;
	}
	process.stdout.write(`told ${target.name}\n`);
	return EXIT.DONE;
}
