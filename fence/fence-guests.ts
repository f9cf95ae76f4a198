import {parseArgs} from 'node:util';
import {type Deadline, deadlineOf} from '../lib/deadline.ts';
import {type Env, told} from '../lib/fence/environment.ts';
import {storageOn} from '../lib/fence/guests.ts';
import {journal} from '../lib/fence/journal.ts';
import {AT_ONCE, destroyGuests, type Fate, type Report} from '../lib/guests/destroy.ts';
import {age} from '../lib/host.ts';
import {lastWord} from '../lib/lifecycle.ts';
import {killAll, run, ToolError} from '../lib/run.ts';

const SPEC = {
	all: {type: 'boolean'},
	uri: {type: 'string', short: 'c'},
	pool: {type: 'string', multiple: true},
	mountpoint: {type: 'string', multiple: true},
	device: {type: 'string', multiple: true},
	timeout: {type: 'string', short: 't'},
	parallel: {type: 'string'},
	json: {type: 'boolean'},
	help: {type: 'boolean', short: 'h'},
} as const;

export const USAGE = `usage: twinpool-fence-guests fence|unfence [RESOURCE] [--all] [--uri URI] [--pool POOL]... [--mountpoint DIR]...
       [--device PATH]... [--timeout SECONDS] [--parallel N] [--json]
`;

const SECONDS = 60;
const PROGRAM = 'twinpool-fence-guests';

type Given = ReturnType<typeof read>;

function read(argv: readonly string[]) {
	const {values, positionals} = parseArgs({args: [...argv], options: SPEC, allowPositionals: true});
	const whole = (name: 'timeout' | 'parallel', fallback: number): number => {
		const word = values[name];
		if (word !== undefined && !/^[1-9]\d{0,5}$/u.test(word)) {
			throw new Error(`--${name}: expected a whole number above 0, got "${word.slice(0, 40)}"`);
		}
		return word === undefined ? fallback : Number(word);
	};
	const paths = [...(values.mountpoint ?? []), ...(values.device ?? [])].filter(path => !path.startsWith('/'));
	if (paths.length > 0) {
		throw new Error(`expected an absolute path, got "${paths[0]}"`);
	}
	return {...values, positionals, timeout: whole('timeout', SECONDS), parallel: whole('parallel', AT_ONCE)};
}

/**
 * One run of the hook: the exit code. 0 only when every guest that had to go is proved gone, or the resource is promoted;
 * 1 when not; 2 when it was called in a way that says nothing.
 */
export async function main(argv: readonly string[], env: Env): Promise<number> {
	let given: Given;
	try {
		given = read(argv);
	} catch (error) {
		process.stderr.write(`${PROGRAM}: ${error instanceof Error ? error.message : error}\n${USAGE}`);
		return 2;
	}
	const [action = '', named, ...more] = given.positionals;
	if (given.help) {
		process.stdout.write(USAGE);
		return 0;
	}
	const resource = named ?? env['DRBD_RESOURCE'] ?? '';
	if (!/^(un)?fence$/u.test(action) || more.length > 0 || !/^([\w@.:][\w@.:-]*)?$/u.test(resource)) {
		process.stderr.write(USAGE);
		return 2;
	}
	const deadline = deadlineOf(given.timeout * 1000, performance.now() - age());
	try {
		return await (action === 'fence' ? fence(given, resource, env, deadline) : unfence(resource, deadline));
	} finally {
		killAll();
	}
}

async function unfence(resource: string, deadline: Deadline): Promise<number> {
	if (!resource) {
		process.stderr.write(`${PROGRAM}: unfence needs a RESOURCE, or DRBD_RESOURCE\n${USAGE}`);
		return 2;
	}
	let why = '';
	try {
		const result = await run(['drbdadm', 'primary', resource], {timeout: deadline.left()});
		why = result.exit === 0 ? '' : lastWord(result);
	} catch (error) {
		if (!(error instanceof ToolError)) {
			throw error;
		}
		why = error.message;
	}
	process.stdout.write(why ? `${resource} was not promoted: ${why}\n` : `${resource} is Primary\n`);
	await journal(PROGRAM, JSON.stringify({action: 'unfence', resource, code: why ? 1 : 0, ...(why ? {why} : {})}));
	return why ? 1 : 0;
}

async function fence(given: Given, resource: string, env: Env, deadline: Deadline): Promise<number> {
	const explicit = [given.pool, given.mountpoint, given.device].some(named => named !== undefined);
	if (!(given.all || explicit || resource)) {
		process.stderr.write(`${PROGRAM}: whose guests? Give a RESOURCE, --pool, --mountpoint, --device, or --all\n${USAGE}`);
		return 2;
	}
	const uri = given.uri ?? (env['LIBVIRT_DEFAULT_URI'] || 'qemu:///system');
	const asked = told(env);
	const minors = asked.resource === resource ? asked.minors : [];
	const {storage, doubt: unsure} = given.all ? {storage: undefined, doubt: ''} : await storageOn(resource, minors, given, deadline);
	const report = await destroyGuests({uri, storage, parallel: given.parallel, deadline, log: line => process.stderr.write(`${line}\n`)});
	// Guests on a pool that may lie on this resource were not touched: that is no success.
	const doubt = report.ok ? unsure : '';
	const code = report.ok && !doubt ? 0 : 1;
	const record = {
		action: 'fence',
		uri,
		resource: resource || null,
		storage: storage?.paths ?? 'all',
		code,
		...report,
		why: doubt || report.why,
	};
	process.stdout.write(given.json ? `${JSON.stringify(record)}\n` : text(report, record.why));
	await journal(PROGRAM, JSON.stringify(record));
	return code;
}

function text({guests, proof, ms}: Report, why: string): string {
	const line = ({name, was, gone, ms: took, uses, why: held}: Fate): string =>
		`${gone ? 'gone ' : 'THERE'} ${(took / 1000).toFixed(1).padStart(5)} s  ${name} (was ${was}${uses.length > 0 ? `, ${uses.join(', ')}` : ''})${held ? `: ${held}` : ''}\n`;
	const proved = guests.length > 0 ? `; proved by ${proof}` : '';
	return `${guests.map(line).join('')}${why} after ${(ms / 1000).toFixed(1)} s${proved}\n`;
}
