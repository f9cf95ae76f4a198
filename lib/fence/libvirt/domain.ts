import {WORDS} from '../../guests/states.ts';

/** A domain as virsh tells it: its word, the reason for it, and what follows for its power. */
export interface Domain {
	state: string;
	reason: string;
	power: 'on' | 'off' | 'unknown';
}

/**
 * What libvirt's words say of a guest's power. "crashed", "paused" and "in shutdown" have a process that holds the disks.
 * "no state" is what libvirt says when it does not know.
 */
const POWER: Readonly<Record<string, Domain['power']>> = {
	running: 'on',
	idle: 'on',
	paused: 'on',
	'in shutdown': 'on',
	crashed: 'on',
	pmsuspended: 'on',
	'shut off': 'off',
};

/** VIR_DOMAIN_SHUTOFF_MIGRATED. */
const MIGRATED = '4';

/** Of a guest that was migrated libvirt keeps "shut off" here, while it runs elsewhere. */
const power = (state: string, migrated: boolean): Domain['power'] => {
	const known = Object.hasOwn(POWER, state) ? POWER[state] : undefined;
	return known === 'off' && migrated ? 'unknown' : (known ?? 'unknown');
};

/** What `virsh domstate --reason` printed; nothing when it printed nothing. */
export function domainOf(text: string | undefined): Domain | undefined {
	const {state, reason = ''} = /^(?<state>[^(\n]+?)(?: \((?<reason>[^)\n]*)\))?$/u.exec(text?.trim() ?? '')?.groups ?? {};
	return state === undefined ? undefined : {state, reason, power: power(state, reason === 'migrated')};
}

/** What `virsh domstats --state` printed, in its order. */
export function domainsOf(text: string): {name: string; power: Domain['power']}[] {
	return text
		.split(/^(?=Domain: ')/mu)
		.map(block => ({
			name: /^Domain: '(?<name>.*)'$/mu.exec(block)?.groups?.['name'],
			state: WORDS[Number(/^\s*state\.state=(?<number>\d+)$/mu.exec(block)?.groups?.['number'] ?? 0)] ?? '',
			reason: /^\s*state\.reason=(?<number>\d+)$/mu.exec(block)?.groups?.['number'],
		}))
		.flatMap(({name, state, reason}) => (name === undefined ? [] : [{name, power: power(state, reason === MIGRATED)}]));
}

/** What `virsh list --all --uuid --name` printed. */
export const guestsOf = (text: string): {uuid: string; name: string}[] =>
	[...text.matchAll(/^(?<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (?<name>.*)$/gmu)].map(({groups = {}}) => ({
		uuid: groups['uuid'] ?? '',
		name: groups['name'] ?? '',
	}));

export interface Process {
	pid: string;
	/** As ps prints it: D is stuck in the kernel. */
	state: string;
}

/** The guest's process among the threads that `ps -eLo pid=,stat=,args=` printed: by its UUID or its name, as libvirt starts qemu. */
export function processOf(text: string, guest: {uuid: string} | {name: string}): Process | undefined {
	const mark = 'uuid' in guest ? ` -uuid ${guest.uuid} ` : ` -name guest=${guest.name.replaceAll(',', ',,')},`;
	const threads = text
		.split('\n')
		.filter(line => `${line} `.includes(mark))
		.flatMap(line => {
			const {pid, state} = /^\s*(?<pid>\d+)\s+(?<state>\S+)\s/u.exec(line)?.groups ?? {};
			return pid && state ? [{pid, state}] : [];
		});
	// One thread in the kernel is enough to keep the whole of it.
	return threads.find(({state}) => state.startsWith('D')) ?? threads[0];
}
