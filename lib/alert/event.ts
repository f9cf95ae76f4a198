import {createHash} from 'node:crypto';
import {ABOUT, ATTRIBUTES, type Kind} from './kinds.ts';
import {clean, plain} from './words.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What Pacemaker called for, when it is something that may be told. */
export interface Event {
	kind: Kind;
	/** What it is about: events of one key are not told in quick succession. */
	key: string;
	/** Which one it is: the same again is a repetition. Nothing: what was told is over. */
	identity: string | undefined;
	/** For how many seconds another event of the key counts as the same. */
	quiet: number;
	node: string;
	resource: string;
	/** The subject: one line. */
	what: string;
	/** When it happened, as ISO 8601. */
	time: string;
	/** What is known besides, for people. */
	facts: Readonly<Record<string, string>>;
	advice: readonly string[];
	/** The node attribute it was read from: Pacemaker repeats these, also from another node. */
	attribute?: string;
	/** Of a fencing: whose order it was. Every node hears of one. */
	origin?: string;
}

/** A split-brain is found by both sides within seconds. */
const TOGETHER = 120;
/** A resource that fails again and again, a node that cannot be fenced: told this often. */
const AGAIN = 600;
/** One fencing may be reported by several clients, one after the other. */
const MERGED = 60;

/** The hexadecimal digest that names a thing in a file's name, an attribute or a Message-ID. */
export const digest = (text: string, length = 32): string => createHash('sha256').update(text).digest('hex').slice(0, length);

/** The event that an alert's environment describes; nothing when it is of no kind that is told. */
export function eventOf(env: Env, kinds: readonly Kind[], now: Date): Event | undefined {
	const seconds = Number(env['CRM_alert_timestamp_epoch']);
	const time = new Date(seconds > 0 && seconds < 1e11 ? seconds * 1000 : now).toISOString().replace(/\.\d+/u, '');
	const node = clean(env['CRM_alert_node'], 100) || 'a node';
	const readers = new Map([
		['attribute', attribute],
		['fencing', fencing],
		['resource', failure],
	]);
	const event = readers.get(env['CRM_alert_kind'] ?? '')?.(env, node, time);
	return event && kinds.includes(event.kind) ? event : undefined;
}

/** A handler's `<time> short words`, with what it is about in the attribute's name; an empty one is over. */
function attribute(env: Env, node: string, time: string): Event | undefined {
	const name = env['CRM_alert_attribute_name'] ?? '';
	const value = env['CRM_alert_attribute_value'] ?? '';
	const kind = ATTRIBUTES.find(word => name.startsWith(`twinpool-${word}-`));
	if (!kind) {
		return undefined;
	}
	const resource = clean(name.slice(`twinpool-${kind}-`.length), 100) || 'a resource';
	const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/su.exec(value) ?? [];
	const since = moment(first);
	const {both, what, advice} = ABOUT[kind];
	return {
		kind,
		key: [kind, resource, ...(both ? [] : [node])].join('|'),
		identity: value === '' ? undefined : digest(value),
		quiet: TOGETHER,
		node,
		resource,
		what: what(resource, node),
		time: since ?? time,
		facts: {said: clean(since === undefined ? value : rest)},
		advice: advice(plain(resource, 'RESOURCE'), plain(node, 'NODE')),
		attribute: `${kind}-${plain(resource, digest(resource, 16))}`,
	};
}

/** A handler's time, such as 20261122T151332Z; ISO 8601 with its marks, and seconds since 1970, as well. */
function moment(word: string): string | undefined {
	const marked = word.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, '$1-$2-$3T$4:$5:$6Z');
	const day = /^\d{4}-\d\d-\d\d/u.test(marked) ? Date.parse(marked) : Number.NaN;
	const date = new Date(/^\d{9,11}$/u.test(word) ? Number(word) * 1000 : day);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d+/u, '');
}

/** "Operation reboot of bravo by alpha for pacemaker-controld.123@alpha: OK (ref=...)", as Pacemaker 2 and 3 say it. */
const OPERATION =
	/^Operation (?<action>\S+) of (?<target>.+) by (?<by>.+) for (?<client>.*)@(?<origin>[^@]+?): (?<how>.*) \(ref=(?<ref>[^)]*)\)$/su;

function fencing(env: Env, node: string, time: string): Event | undefined {
	const desc = env['CRM_alert_desc'] ?? '';
	const rc = env['CRM_alert_rc'] ?? '';
	const {action = '', by = '', client = '', origin, how = '', ref} = OPERATION.exec(desc)?.groups ?? {};
	// Unfencing, and changes of the devices, are no news.
	if (action === 'on' || !desc.startsWith('Operation ')) {
		return undefined;
	}
	const done = rc === '0';
	const name = plain(node, 'NODE');
	return {
		kind: 'fencing',
		key: ['fencing', node, done ? 'done' : 'failed'].join('|'),
		identity: digest(ref || `${desc}|${time}`),
		quiet: done ? MERGED : AGAIN,
		node,
		resource: '',
		what: done ? `${node} was fenced` : `fencing of ${node} FAILED`,
		time,
		facts: {
			action: clean(action),
			'by order of': clean(origin ? `${client}@${origin}` : client),
			by: clean(by),
			result: clean(how || desc),
		},
		advice: done
			? [
					'Its resources are started elsewhere. Find out why before it comes back:',
					`  stonith_admin --history ${name}; journalctl -u pacemaker`,
				]
			: [
					'Nothing that ran there is started elsewhere before it is fenced. Look at the fence device:',
					`  stonith_admin --history ${name}; journalctl -u pacemaker`,
					'Only when you have seen with your own eyes that the node is off:',
					`  stonith_admin --confirm ${name}`,
				],
		...(origin && origin !== env['CRM_alert_node'] && {origin}),
	};
}

/** What is no answer of the operation itself, by number: pending and cancelled are no failures. */
const NO_FAILURE = new Set(['-1', '1']);
/** What a probe may find without anything being wrong: running, running as promoted, both degraded, or not. */
const PROBED = new Set(['0', '7', '8', '190', '191']);

function failure(env: Env, node: string, time: string): Event | undefined {
	const [task = '', status = '', rc = '', expected = '', interval = ''] = ['task', 'status', 'rc', 'target_rc', 'interval'].map(
		name => env[`CRM_alert_${name}`],
	);
	const degraded = {'190': '0', '191': '8'}[rc];
	const fine = status === '0' && (rc === expected || degraded === expected);
	const probe = task === 'monitor' && interval === '0' && PROBED.has(rc);
	if (fine || NO_FAILURE.has(status) || (probe && status === '0') || (status === '' && rc === '')) {
		return undefined;
	}
	const resource = clean(env['CRM_alert_rsc'], 100) || 'a resource';
	const verb = clean(task, 50) || 'an operation';
	return {
		kind: 'failure',
		key: ['failure', resource, verb, node].join('|'),
		identity: digest(`${env['CRM_alert_timestamp_epoch']}.${env['CRM_alert_timestamp_usec']} ${env['CRM_alert_node_sequence']} ${time}`),
		quiet: AGAIN,
		node,
		resource,
		what: `${verb} of ${resource} failed on ${node}`,
		time,
		facts: {
			result: clean(env['CRM_alert_desc']),
			'exit code': `${clean(rc, 10)}, expected ${clean(expected, 10)}`,
			...(env['CRM_alert_exec_time'] && {'took (ms)': clean(env['CRM_alert_exec_time'], 20)}),
		},
		advice: [
			`Look: crm_mon -1rf shows the reason; journalctl -u pacemaker on ${plain(node, 'NODE')}. When it is repaired:`,
			`  crm_resource --cleanup --resource ${plain(resource, 'RESOURCE')}`,
		],
	};
}
