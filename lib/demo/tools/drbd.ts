import {readFileSync} from 'node:fs';
import type {Host} from '../host.ts';
import {adjust, disconnect, down, outdate, primary, secondary} from '../kernel.ts';
import {dump, events2} from '../print.ts';
import {Refused} from '../refused.ts';
import type {Answer, Tool} from '../tool.ts';
import {RESOURCE, type World} from '../world.ts';

const ok = (stdout = ''): Answer => ({exit: 0, stdout});
const NO_MODULE = 'Failed to modprobe drbd (No such file or directory)\n';

/** What drbdadm does before anything: read its configuration, find the resource. Captured from drbd-utils 9.22. */
function configured(host: Host, args: string[], name: string): Answer | undefined {
	const file = args[args.indexOf('-c') + 1] ?? '/etc/drbd.conf';
	let text: string;
	try {
		text = readFileSync(`${host.root}${args.includes('-c') ? file : '/etc/drbd.conf'}`, 'utf8');
	} catch {
		return {exit: 20, stderr: `Can not open '${file}'.\n.\n`};
	}
	const first = /^\s*(?:#[^\n]*\n\s*)*(\S+)/u.exec(text)?.[1] ?? '';
	if (!/^(global|common|resource|skip|include)$/u.test(first)) {
		return {
			exit: 10,
			stderr: `${file}:1: Parse error: 'global | common | resource | skip | include |\n\trequire-drbd-module-version-{eq,ne,gt,ge,lt,le}' expected,\n\tbut got '${first}'\n`,
		};
	}
	const names = [...text.matchAll(/^resource\s+(\S+)/gmu)].map(([, found]) => found);
	return names.includes(name) ? undefined : {exit: 1, stderr: `'${name}' not defined in your config (for this host).\n`};
}

/** `drbdadm [-c FILE] VERB [OPTION...] RESOURCE`. */
export const drbdadm: Tool = (world, host, {args}) => {
	const words = args.filter((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c');
	const [verb = '', name = ''] = words;
	if (
		!/^(adjust|up|primary|secondary|down|outdate|dump|check-resize|role|cstate|dstate|status|connect|disconnect|unfence-peer|sh-\w+)$/u.test(
			verb,
		)
	) {
		return {exit: 1, stderr: `drbdadm: Unknown command '${verb}'\n`};
	}
	const wrong = configured(host, args, name);
	if (wrong) {
		return wrong;
	}
	if (verb === 'dump') {
		return ok(dump(world, host.name));
	}
	if (verb === 'check-resize') {
		return ok();
	}
	if (!host.module && verb === 'down') {
		return {exit: 0, stderr: NO_MODULE};
	}
	if (!host.module) {
		return {
			exit: 20,
			stderr: `${NO_MODULE}Command '${tool(world)} ${verb === 'adjust' ? 'new-resource' : verb} ${RESOURCE}' terminated with exit code 20\n`,
		};
	}
	return kernel(world, host, verb);
};

/** drbdadm names the tool that it calls: 9.22 has one for each version. */
const tool = ({options}: World): string => (options.drbd === '8.4' ? 'drbdsetup-84' : 'drbdsetup');

const VERBS: Record<string, (world: World, host: Host) => void | Promise<void>> = {
	adjust,
	up: adjust,
	connect: adjust,
	disconnect,
	primary,
	secondary,
	down,
	outdate,
	'unfence-peer': () => undefined,
};

/** Ask the kernel; the refusals read as captured. */
async function kernel(world: World, host: Host, verb: string, bare = false): Promise<Answer> {
	const {resource} = host;
	if (!(resource || /^(adjust|up|down|connect)$/u.test(verb))) {
		const text =
			world.options.drbd === '8.4'
				? '0: Failure: (127) Device minor not allocated\nadditional info from kernel:\nunknown minor\n'
				: `${RESOURCE}: Unknown resource\n`;
		return {
			exit: 10,
			stderr: bare ? text : `${text}Command '${tool(world)} ${verb} ${target(world, verb)}' terminated with exit code 10\n`,
		};
	}
	if (verb === 'role') {
		return ok(
			world.options.drbd === '8.4' ? `${resource?.role}/${resource?.peerRole}\n`.repeat(world.options.volumes) : `${resource?.role}\n`,
		);
	}
	try {
		await VERBS[verb]?.(world, host);
		return ok();
	} catch (error) {
		if (!(error instanceof Refused)) {
			throw error;
		}
		const {code, exit, message} = error;
		const more = verb === 'down' ? 'additional info from kernel:\nfailed to demote\n' : '';
		const command = bare ? '' : `Command '${tool(world)} ${verb} ${target(world, verb)}' terminated with exit code ${exit}\n`;
		return {exit, stderr: `${target(world, verb)}: State change failed: (${code}) ${message}\n${more}${command}`};
	}
}

/** 8.4 changes roles by minor, everything else goes by the resource. */
const target = ({options}: World, verb: string): string => (options.drbd === '8.4' && verb !== 'down' ? '0' : RESOURCE);

/** `drbdsetup VERB [OPTION...] RESOURCE|MINOR`. */
export const drbdsetup: Tool = (world, host, {args}) => {
	const [verb = '', name = ''] = args.filter(arg => !arg.startsWith('-'));
	if (!host.module) {
		return verb === 'down' ? {exit: 0, stderr: NO_MODULE} : {exit: 20, stderr: NO_MODULE};
	}
	if (verb === 'events2') {
		return ok(name === RESOURCE || name === '' ? events2(world, host, args.includes('--statistics')) : 'exists -\n');
	}
	if (verb === 'status') {
		return args.includes('--json') && world.options.drbd === '8.4'
			? {exit: 20, stderr: "status: unrecognized option '--json'\n"}
			: {exit: 10, stderr: `${RESOURCE}: No such resource\n`};
	}
	if (name !== RESOURCE && !/^\d+$/u.test(name)) {
		return {exit: 10, stderr: `${name}: Failure: (158) Unknown resource\n`};
	}
	return kernel(world, host, verb, true);
};
