import {type Result, type RunOptions, ToolError} from '../../run.ts';
import {StonithError} from '../codes.ts';
import {detailOf, fault} from './fault.ts';
import {answers, quoted, type Step, script} from './script.ts';
import {destroyed, EVERYBODY, witnessed} from './shell.ts';
import type {Where} from './where.ts';

export type Runner = (argv: readonly [string, ...string[]], options: RunOptions) => Promise<Result>;

/** The way to one hypervisor. */
export interface Link {
	where: Where;
	run: Runner;
	/** Seconds that ssh may take to connect. */
	loginTimeout: number;
	ssh: {path: string; options: readonly string[]};
	/** Words before virsh: sudo, or none. */
	sudo: readonly string[];
}

export interface Reply {
	/** What was printed under each mark: by virsh; `gone` is a process that was seen to go, `there` one that is still there. */
	said: Record<string, string>;
	/** Its last complaint. */
	complaint: string;
}

/**
 * Curve25519 first: half of what a login costs is ssh's post-quantum key exchange, which keeps today's secrets from tomorrow's
 * machines, and nothing secret is said here. Who the other side is does not hang on it. An ssh that does not have it is asked again without.
 */
const QUICK = 'KexAlgorithms ^curve25519-sha256';

/** ssh without a terminal, a prompt, a password, a stranger's key, or a connection that somebody else keeps open. */
function sshArgv({where, ssh, loginTimeout}: Link, command: string, quick: boolean): [string, ...string[]] {
	const {host = '', user, port, key, knownHosts, command: path} = where.ssh ?? {};
	// A known_hosts file is not ours to write.
	const options = [
		'UpdateHostKeys no',
		'BatchMode yes',
		'StrictHostKeyChecking yes',
		...(knownHosts ? [`UserKnownHostsFile ${knownHosts}`] : []),
		...(loginTimeout > 0 ? [`ConnectTimeout ${loginTimeout}`] : []),
	];
	return [
		path || ssh.path,
		...['-n', '-T', '-x', '-a', '-S', 'none'],
		...options.flatMap(option => ['-o', option]),
		...ssh.options,
		...(quick ? ['-o', QUICK] : []),
		...(port ? ['-p', port] : []),
		...(user ? ['-l', user] : []),
		...(key ? ['-i', key] : []),
		'--',
		host,
		command,
	];
}

async function overSsh(link: Link, program: string, timeout: number): Promise<Result> {
	const command = `exec sh -c ${quoted(program)}`;
	const result = await link.run(sshArgv(link, command, true), {timeout});
	const refused = result.exit === 255 && /KexAlgorithms|KEX algorithm/u.test(result.stderr) && result.stdout === '';
	return refused ? link.run(sshArgv(link, command, false), {timeout}) : result;
}

/** Run a shell's program on the hypervisor. */
const inShell = (link: Link, program: string, timeout: number): Promise<Result> =>
	link.where.ssh ? overSsh(link, program, timeout) : link.run(['sh', '-c', program], {timeout});

const virshOf = ({where, sudo}: Link): [string, ...string[]] => [...sudo, 'virsh', '-c', where.uri] as unknown as [string, ...string[]];
const spelled = (link: Link): string => virshOf(link).map(quoted).join(' ');
/** libvirt's own protocol: nothing but its words reaches us. */
const bare = ({where}: Link): boolean => !(where.local || where.ssh);

/** The answer to the end, or the sentence why there is none. */
async function answered({where}: Link, end: string, timeout: number, work: Promise<Result>): Promise<Reply> {
	try {
		const {stdout, stderr} = await work;
		const said = answers(stdout, end);
		if (!said) {
			throw fault(where, stderr);
		}
		return {said, complaint: detailOf(stderr.split('\n'))};
	} catch (error) {
		if (error instanceof ToolError && error.fault === 'timeout') {
			throw new StonithError('late', `hypervisor ${where.name} gave no answer within ${Math.round(timeout / 1000)} s`);
		}
		throw error;
	}
}

/** Let virsh do these steps, one after the other. @throws {StonithError} when the hypervisor did not answer to the end */
export function ask(link: Link, steps: readonly Step[], timeout: number): Promise<Reply> {
	const program = `LC_ALL=C ${spelled(link)} ${quoted(script(steps))}`;
	const work = link.where.ssh ? overSsh(link, program, timeout) : link.run([...virshOf(link), script(steps)], {timeout});
	return answered(link, 'end', timeout, work);
}

/** The same, and the processes beside it, where they can be seen. */
export function witness(link: Link, steps: readonly Step[], timeout: number): Promise<Reply> {
	return bare(link)
		? ask(link, steps, timeout)
		: answered(link, 'finish', timeout, inShell(link, witnessed(spelled(link), steps), timeout));
}

/** These steps before, and the destroy with those after it; done as soon as the process was seen to go. */
export function destroy(link: Link, before: readonly Step[], after: readonly Step[], timeout: number): Promise<Reply> {
	if (bare(link)) {
		return ask(link, [...before, ...after], timeout);
	}
	return answered(link, 'finish', timeout, inShell(link, destroyed(spelled(link), before, after, link.where.local), timeout));
}

/** Every guest's processes; nothing when they cannot be seen. */
export async function look(link: Link, timeout: number): Promise<string> {
	try {
		return bare(link) ? '' : (await inShell(link, EVERYBODY, timeout)).stdout;
	} catch {
		// Only to say more about a failure.
		return '';
	}
}
