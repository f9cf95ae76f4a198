import {type Result, type RunOptions, ToolError} from '../../run.ts';
import {StonithError} from '../codes.ts';
import {detailOf, fault} from './fault.ts';
import {answers, quoted, type Step, script} from './script.ts';
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
	/** What virsh printed under each mark. */
	said: Record<string, string>;
	/** Its last complaint. */
	complaint: string;
	/** What ps printed; nothing when the hypervisor's processes cannot be seen. */
	processes: string | undefined;
}

const PS = ['ps', '-eo', 'pid=,stat=,args='] as const;
const PS_MARK = '@ps:\n';

/**
 * Curve25519 first: half of what a login costs is ssh's post-quantum key exchange, which keeps today's secrets from tomorrow's
 * machines, and nothing secret is said here. Who the other side is does not hang on it. An ssh that does not have it is asked again without.
 */
const QUICK = 'KexAlgorithms ^curve25519-sha256';

/** ssh without a terminal, a prompt, a password, a stranger's key, or a connection that somebody else keeps open. */
function sshArgv({where, ssh, loginTimeout}: Link, command: string, quick: boolean): [string, ...string[]] {
	const {host = '', user, port, key, knownHosts, command: path} = where.ssh ?? {};
	const options = [
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

async function overSsh(link: Link, command: string, timeout: number): Promise<Result> {
	const result = await link.run(sshArgv(link, command, true), {timeout});
	const refused = result.exit === 255 && /KexAlgorithms|KEX algorithm/u.test(result.stderr) && result.stdout === '';
	return refused ? link.run(sshArgv(link, command, false), {timeout}) : result;
}

/** Run something; a command that gave no answer is a sentence about the hypervisor. */
async function answered({where}: Link, timeout: number, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof ToolError && error.fault === 'timeout') {
			throw new StonithError('late', `hypervisor ${where.name} gave no answer within ${Math.round(timeout / 1000)} s`);
		}
		throw error;
	}
}

/**
 * Let virsh do these steps one after the other, and look at the processes afterwards where that is wanted and possible.
 * @throws {StonithError} when the hypervisor was not reached, or did not answer to the end
 */
export async function ask(link: Link, steps: readonly Step[], timeout: number, processes = false): Promise<Reply> {
	const {where, sudo} = link;
	const virsh = [...sudo, 'virsh', '-c', where.uri, script(steps)] as unknown as [string, ...string[]];
	const {stdout, stderr} = await answered(link, timeout, () => {
		if (!where.ssh) {
			return link.run(virsh, {timeout});
		}
		const line = `env LC_ALL=C ${virsh.map(quoted).join(' ')}`;
		return overSsh(link, processes ? `${line} && echo ${PS_MARK.trim()} && ${PS.join(' ')}` : line, timeout);
	});
	const [text = '', seen] = stdout.split(PS_MARK);
	const said = answers(text);
	if (!said) {
		throw fault(where, stderr);
	}
	return {said, complaint: detailOf(stderr.split('\n')), processes: processes && where.local ? await look(link, timeout) : seen};
}

/** The hypervisor's processes; nothing when they cannot be seen. */
export async function look(link: Link, timeout: number): Promise<string | undefined> {
	try {
		if (link.where.local) {
			return (await link.run(PS, {timeout})).stdout;
		}
		return link.where.ssh && (await overSsh(link, PS.join(' '), timeout)).stdout;
	} catch {
		// Only another witness: what it cannot tell, libvirt may.
		return undefined;
	}
}
