import {parseArgs} from 'node:util';
import {PREFIX} from '../cluster/constraint.ts';

export interface Options {
	/** Seconds to wait for the peer to be fenced; not given: as our role allows. */
	timeout: number | undefined;
	/** Seconds to wait for the cluster to answer at all. */
	dcTimeout: number;
	/** Seconds in which a connection may come back by itself before anything is done. */
	hickup: number;
	lockTimeout: number;
	lockRequired: boolean;
	resource: string | undefined;
	clone: string | undefined;
	role: string | undefined;
	attribute: string;
	prefix: string;
	/** Ask the cluster to fence this node when a constraint rejects it while it is Primary. */
	suicide: boolean;
	/** Leave a constraint that rejects this node: whoever placed it lifts it. */
	ownerOnly: boolean;
	/** Where libvirt of the peer answers: its guests on this storage have to be gone before this node goes on without it. */
	guests: string | undefined;
	/** Pools on the resource, where nobody else knows. */
	pool: string[];
	/** How many snapshot sets of one resource may stand. */
	keep: number;
	/** Let the resync not begin when its snapshot could not be made. */
	disconnectOnError: boolean;
	/** Ask the cluster to fence this node when its data, though in use, is not to be kept. */
	fenceSelf: boolean;
	quiet: boolean;
	dryRun: boolean;
	help: boolean;
	/** What was given and means nothing here, for the trace. */
	notes: string[];
}

/** Taken from LINBIT's scripts' command lines so that only the handler's path need change; what has no meaning here is noted. */
const SPEC = {
	timeout: {type: 'string', short: 't'},
	'dc-timeout': {type: 'string', short: 'd'},
	'net-hickup': {type: 'string'},
	'net-hickup-time': {type: 'string'},
	'network-hickup': {type: 'string'},
	'flock-timeout': {type: 'string'},
	'flock-required': {type: 'boolean'},
	'lock-dir': {type: 'string'},
	'lock-file': {type: 'string'},
	resource: {type: 'string', short: 'r'},
	'master-id': {type: 'string', short: 'i'},
	role: {type: 'string', short: 'l'},
	'fencing-attribute': {type: 'string', short: 'a'},
	'id-prefix': {type: 'string', short: 'p'},
	keep: {type: 'string'},
	'disconnect-on-error': {type: 'boolean', short: 'n'},
	'fence-self': {type: 'boolean'},
	logfacility: {type: 'string'},
	quiet: {type: 'boolean'},
	'unfence-only-if-owner-match': {type: 'boolean'},
	'suicide-on-failure-if-primary': {type: 'boolean'},
	'unreachable-peer-is-outdated': {type: 'boolean'},
	'CTS-mode': {type: 'boolean'},
	guests: {type: 'string'},
	pool: {type: 'string', multiple: true},
	'dry-run': {type: 'boolean'},
	help: {type: 'boolean', short: 'h'},
} as const;

const IGNORED = ['lock-dir', 'lock-file', 'logfacility', 'unreachable-peer-is-outdated', 'CTS-mode'];

/** Never refuses: a handler that ends over an option leaves I/O frozen. */
export function options(argv: readonly string[]): Options {
	const {values, positionals} = parseArgs({args: [...argv], options: SPEC, strict: false, allowPositionals: true});
	const given: Record<string, unknown> = values;
	const notes = [
		...Object.keys(given)
			.filter(key => !(key in SPEC))
			.map(key => `unknown option ${key} ignored`),
		...IGNORED.filter(name => name in given).map(name => `option ${name} has no meaning here`),
		...positionals.map(argument => `argument ${argument} ignored`),
	];
	const word = (name: string): string | undefined => {
		const value = given[name];
		return typeof value === 'string' && value !== '' ? value : undefined;
	};
	const seconds = <T extends number | undefined>(fallback: T, ...keys: string[]): number | T => {
		const text = keys.map(word).find(value => value !== undefined);
		if (text === undefined || /^\d{1,6}s?$/u.test(text)) {
			return text === undefined ? fallback : Number.parseInt(text, 10);
		}
		notes.push(`option ${keys[0]}: expected seconds, got ${text.slice(0, 40)}; ${fallback ?? 'the default'} is used`);
		return fallback;
	};
	const count = (name: string, fallback: number): number => {
		const text = word(name) ?? `${fallback}`;
		if (/^[1-9]\d{0,2}$/u.test(text)) {
			return Number(text);
		}
		notes.push(`option ${name}: expected a whole number above 0, got ${text.slice(0, 40)}; ${fallback} is used`);
		return fallback;
	};
	return {
		timeout: seconds(undefined, 'timeout'),
		dcTimeout: seconds(20, 'dc-timeout'),
		hickup: seconds(0, 'net-hickup', 'net-hickup-time', 'network-hickup'),
		lockTimeout: seconds(120, 'flock-timeout'),
		lockRequired: given['flock-required'] === true,
		resource: word('resource'),
		clone: word('master-id'),
		role: word('role'),
		attribute: word('fencing-attribute') ?? '#uname',
		prefix: word('id-prefix') ?? PREFIX,
		suicide: given['suicide-on-failure-if-primary'] === true,
		ownerOnly: given['unfence-only-if-owner-match'] === true,
		guests: word('guests'),
		pool: Array.isArray(given['pool']) ? given['pool'].filter(name => typeof name === 'string' && name !== '') : [],
		keep: count('keep', 3),
		disconnectOnError: given['disconnect-on-error'] === true,
		fenceSelf: given['fence-self'] === true,
		quiet: given['quiet'] === true,
		dryRun: given['dry-run'] === true,
		help: given['help'] === true,
		notes,
	};
}
