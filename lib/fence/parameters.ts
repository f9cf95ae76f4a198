import {choice, flag, type Param, type Params, text, whole} from '../ocf/params.ts';

/** A parameter of a fence agent: one that cluster managers give on standard input, and people as an option. */
export interface FenceParam<T = unknown> extends Param<T> {
	/** The one-letter option. */
	letter?: string;
	/** The name that it had once: still taken, and shown as deprecated. */
	was?: string;
	/** Its number is a time in seconds. */
	seconds?: boolean;
}

export type FenceParams = Params & Record<string, FenceParam>;

interface Names {
	letter?: string;
	was?: string;
	required?: boolean;
	default?: string;
}

const line = (short: string, long: string, {letter, was, ...rest}: Names = {}): FenceParam<string> => ({
	...text({short, long, ...rest}),
	...(letter && {letter}),
	...(was && {was}),
});
const seconds = (fallback: string, short: string, long: string): FenceParam<number> => ({
	...whole({short, long, default: fallback}),
	seconds: true,
});
const number = (fallback: string, short: string, long: string, letter?: string): FenceParam<number> => ({
	...whole({short, long, default: fallback}),
	...(letter && {letter}),
});
const yes = (short: string, long: string, {letter, was, ...rest}: Names = {}): FenceParam<boolean> => ({
	...flag({short, long, default: 'false', ...rest}),
	...(letter && {letter}),
	...(was && {was}),
});

/** What the field's fence agents take for a device behind ssh, by their names: a configuration of fence_virsh stays valid. */
export const standard = {
	action: line('Fencing action', 'The action: off, on, reboot, status, monitor, list, list-status, validate-all or metadata.', {
		letter: 'o',
		default: 'reboot',
	}),
	plug: line(
		'Name of the guest',
		'The exact name of the guest, or its UUID. A number is a name too, never an ID of libvirt; a name may have blanks.',
		{letter: 'n', was: 'port', required: true},
	),
	ip: line('Host name or address of the hypervisor', 'Short for the URI qemu+ssh://USERNAME@IP:IPPORT/system.', {
		letter: 'a',
		was: 'ipaddr',
	}),
	ipport: number('22', 'Port of ssh', 'The TCP port of ssh, with "ip".', 'u'),
	username: line('Login name', 'The login name for ssh.', {letter: 'l', was: 'login'}),
	identity_file: line('Private key for ssh', 'A file with a private key that has no passphrase.', {letter: 'k'}),
	inet4_only: yes('IPv4 only', 'Let ssh use IPv4 addresses only.', {letter: '4'}),
	inet6_only: yes('IPv6 only', 'Let ssh use IPv6 addresses only.', {letter: '6'}),
	ssh_options: line('Options for ssh', 'More options for ssh, separated by blanks. The checking of host keys stays as it is.'),
	ssh_path: line('Path of ssh', 'Where ssh is on this host.', {default: 'ssh'}),
	use_sudo: yes('Use sudo', 'Run virsh with sudo, without a password.', {was: 'sudo'}),
	sudo_path: line('Path of sudo', 'Where sudo is.', {default: 'sudo'}),
	missing_as_off: yes('A missing guest is off', 'Take a guest that the hypervisor does not have for one that is off, instead of failing.'),
	method: {
		...choice(['onoff', 'cycle'], {
			short: 'How to reboot',
			long: 'A reboot is always off, proved, and on. "cycle" is taken and does the same: a reset proves nothing.',
			default: 'onoff',
		}),
		letter: 'm',
	},
	delay: seconds('0', 'Seconds before fencing', 'How long off and reboot wait before they begin.'),
	login_timeout: seconds('5', 'Seconds for a connection', 'How long the hypervisor may take to be connected to.'),
	power_timeout: seconds('20', 'Seconds to be off or on', 'How long the guest may take to be off, or on; 0 is without limit.'),
	power_wait: seconds('0', 'Seconds after off or on', 'How long to wait after off or on before the guest is looked at.'),
	shell_timeout: seconds('3', 'Seconds for a command', 'Taken for the sake of existing configurations: power_timeout is what counts.'),
	stonith_status_sleep: seconds('1', 'Seconds between two looks', 'How long to wait before the guest is looked at again.'),
	retry_on: number('1', 'Repetitions of on', 'How many times more to start a guest that did not come up.'),
	disable_timeout: yes('No power_timeout', 'Wait for as long as the cluster manager lets us.'),
	separator: line('Separator of lists', 'What is between the columns of list and list-status.', {letter: 'C', default: ','}),
	verbose: yes('Verbose', 'Write every command and its answer to standard error.', {letter: 'v'}),
	verbose_level: number('0', 'Level of detail', 'The same as verbose, when it is not 0.'),
	debug_file: line('File for debugging', 'Append every command and its answer to this file.', {letter: 'D', was: 'debug'}),
	quiet: yes('Quiet', 'Write nothing to standard error.', {letter: 'q'}),
	version: yes('Version', 'Print the version.', {letter: 'V'}),
	help: yes('Help', 'Print how it is used.', {letter: 'h'}),
	ssh: yes('Use ssh', 'Taken for the sake of existing configurations: what is used follows from the URI.', {
		letter: 'x',
		was: 'secure',
		default: 'true',
	}),
	password: line('Taken, not used', 'Logins are by key: a password is never used.', {letter: 'p', was: 'passwd'}),
	password_script: line('Taken, not used', 'Logins are by key: a password is never used.', {letter: 'S', was: 'passwd_script'}),
	command_prompt: line('Taken, not used', 'No shell is talked to.', {letter: 'c', was: 'cmd_prompt'}),
	plug_separator: line('Taken, not used', 'The plug is one guest, whatever is in its name.'),
} satisfies FenceParams;
