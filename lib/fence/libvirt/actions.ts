import type {Values} from '../../ocf/params.ts';
import type {FenceAction, FenceCall} from '../agent.ts';
import {STONITH, StonithError} from '../codes.ts';
import type {FenceParam, standard} from '../parameters.ts';
import {domainsOf} from './domain.ts';
import {type Guest, guest, guests, milliseconds, wrongName} from './guest.ts';
import {ask, type Link} from './link.ts';
import {off, on, status, type Times} from './power.ts';
import {whereOf} from './where.ts';

export type LibvirtParams = typeof standard & {uri: FenceParam<string>};
type Call = FenceCall<Values<LibvirtParams>>;
type Action = FenceAction<Values<LibvirtParams>>;

/** Words between blanks; quotes hold blanks together. */
const words = (text: string): string[] => [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/gu)].map(([word]) => word.replace(/["']/gu, ''));

function linkOf({params, run}: Call): Link {
	const {ssh_path: path, ssh_options: options, use_sudo: sudo, sudo_path: sudoPath, inet4_only: only4, inet6_only: only6} = params;
	return {
		where: whereOf(params),
		run,
		loginTimeout: params.login_timeout,
		ssh: {path, options: [...(only4 ? ['-4'] : []), ...(only6 ? ['-6'] : []), ...words(options)]},
		sudo: sudo ? [sudoPath, '-n'] : [],
	};
}

const timesOf = ({params}: Call): Times => ({
	login: params.login_timeout,
	power: params.disable_timeout ? 0 : params.power_timeout,
	wait: params.power_wait,
	between: params.stonith_status_sleep,
	again: params.retry_on,
});

const patience = ({params}: Call): number => milliseconds(params.power_timeout) + params.login_timeout * 1000;
const found = (call: Call): Promise<Guest | undefined> => guest(linkOf(call), call.params.plug, patience(call));

/** There is no such guest: a mistake, unless it was said that it counts as off. */
function missing(call: Call): string {
	const {plug, missing_as_off: counts} = call.params;
	const error = wrongName(linkOf(call), plug);
	if (!counts) {
		throw error;
	}
	return `${error.message}, which counts as off`;
}

async function turnOff(call: Call): Promise<{there: Guest | undefined; why: string}> {
	const there = await found(call);
	const why = there && (await off(there, timesOf(call)));
	return {there, why: why ?? missing(call)};
}

/** The actions of fence_libvirt, by the fence agent API's names. */
export const actions: Record<string, Action> = {
	on: {
		automatic: false,
		async perform(call) {
			const there = await found(call);
			if (!there) {
				throw wrongName(linkOf(call), call.params.plug);
			}
			call.print(`Success: ${await on(there, timesOf(call))}`);
			return STONITH.SUCCESS;
		},
	},
	off: {
		async perform(call) {
			call.print(`Success: ${(await turnOff(call)).why}`);
			return STONITH.SUCCESS;
		},
	},
	reboot: {
		async perform(call) {
			const {there, why} = await turnOff(call);
			call.print(`Success: ${why}`);
			// The node is fenced already: what fails from here on is for its administrator, not for the cluster.
			try {
				call.print(there ? `Success: ${await on(there, timesOf(call))}` : 'There is nothing to start.');
			} catch (error) {
				call.say(`${why}, and fenced; it was not started again: ${error instanceof Error ? error.message : String(error)}`);
			}
			return STONITH.SUCCESS;
		},
	},
	status: {
		async perform(call) {
			const there = await found(call);
			const {power, why} = (there && (await status(there, timesOf(call)))) ?? {power: 'off', why: missing(call)};
			call.print(`Status: ${power.toUpperCase()} (${why})`);
			return power === 'on' ? STONITH.SUCCESS : STONITH.OFF;
		},
	},
	monitor: {
		async perform(call) {
			await guests(linkOf(call), patience(call));
			return STONITH.SUCCESS;
		},
	},
	list: {
		async perform(call) {
			for (const {name} of await guests(linkOf(call), patience(call))) {
				call.print(`${name}${call.params.separator}`);
			}
			return STONITH.SUCCESS;
		},
	},
	'list-status': {
		async perform(call) {
			const {said} = await ask(linkOf(call), [['list', 'domstats --state']], patience(call));
			for (const {name, power} of domainsOf(said['list'] ?? '')) {
				call.print([name, '', power].join(call.params.separator));
			}
			return STONITH.SUCCESS;
		},
	},
	'validate-all': {
		perform(call) {
			const {inet4_only: only4, inet6_only: only6, password, password_script: script} = call.params;
			linkOf(call);
			if (only4 && only6) {
				throw new StonithError('options', 'parameters inet4_only and inet6_only: expected one of them, got both');
			}
			if (password || script) {
				call.say('a password is never used: log in with a key, see identity_file');
			}
			return Promise.resolve(STONITH.SUCCESS);
		},
	},
};
