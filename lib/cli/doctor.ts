import {parseArgs} from 'node:util';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {examine, type Found, idle} from '../doctor/examine.ts';
import {type Facts, factsOf} from '../doctor/facts.ts';
import type {Finding} from '../doctor/finding.ts';
import {gather} from '../doctor/gather.ts';
import {recorded} from '../doctor/record.ts';
import {examined} from '../gluster/doctor.ts';
import {volumeNamed, volumes} from '../gluster/store.ts';
import {plain} from './plain.ts';
import {progress} from './progress.ts';
import {remotely} from './remote.ts';

/** Milliseconds: every tool has its own limit, and a host that does not answer is not waited for any longer. */
const ALL = 60_000;
/** Narrower than this nothing is broken into lines. */
const NARROWEST = 40;

/** `twinpool doctor`: 0 nothing was found, 1 something was, 2 not all of it could be looked at, and in the rest nothing was found. */
export async function doctor(argv: string[]): Promise<number> {
	const {values, positionals} = parseArgs({
		args: argv,
		allowPositionals: true,
		options: {json: {type: 'boolean', default: false}, peer: {type: 'string'}},
	});
	if (positionals.length > 0) {
		if (values.peer !== undefined) {
			throw new Error('expected VOLUME, or --peer HOST: a volume is examined by what is on this host');
		}
		return ofVolumes(positionals, values.json);
	}
	const hosts = await looked(values.peer, deadlineOf(ALL, performance.now()));
	const [here] = hosts;
	if (here && hosts.every(idle)) {
		throw new Error(
			'there is nothing to examine: no cluster, DRBD, ZFS pool, iSCSI or Gluster on this host; name the other one with --peer',
		);
	}
	const found = examine(hosts);
	const missed = hosts.flatMap(({record: {name}, missed: all}) => all.map(one => ({host: name, ...one})));
	if (values.json) {
		const names = hosts.map(({record: {name}}) => name);
		process.stdout.write(`${JSON.stringify({hosts: names, findings: found, missed})}\n`);
	} else {
		process.stdout.write(plain(report(hosts, found, missed)));
	}
	if (found.length > 0) {
		return 1;
	}
	return missed.length > 0 ? 2 : 0;
}

/** This host, and the other one through ssh, at the same time. @throws {Error} the other one does not answer */
async function looked(peer: string | undefined, deadline: Deadline): Promise<Facts[]> {
	const began = Date.now();
	const told = setTimeout(() => progress(`looking at ${peer === undefined ? 'this host' : `this host and ${peer}`} ...`), 1000);
	try {
		const [own, other] = await Promise.all([
			gather(deadline),
			peer === undefined ? undefined : remotely(peer, {ask: 'facts'}, deadline).then(answer => recorded(peer, answer)),
		]);
		// The other one's look lies within ours: that is how its clock is told.
		const here = await factsOf({...own, began, ended: Date.now()});
		return other ? [here, await factsOf(other)] : [here];
	} finally {
		clearTimeout(told);
		progress('');
	}
}

const places = (hosts: readonly Facts[]): string => hosts.map(({record: {name}}) => name).join(' and ');

function report(hosts: readonly Facts[], found: readonly Found[], missed: readonly {host: string; what: string; why: string}[]): string {
	const named = (host: string): string => (hosts.length > 1 && host !== '' ? `${host}: ` : '');
	const rows = found.map((one, index) => row(index, {...one, seen: `${named(one.host)}${one.seen}`}));
	const left = missed.map(({host, what, why}) => wrapped(`${named(host)}not examined: ${what}: ${why}`, ''));
	const end = found.length === 0 && missed.length === 0 ? `${places(hosts)}: nothing was found\n` : '';
	const peer = hosts.length === 1 ? wrapped('what has to fit on the other host is compared with --peer HOST', '') : '';
	return `${rows.join('')}${left.join('')}${end}${peer}`;
}

const row = (index: number, {seen, hurts, fix}: Finding): string => {
	const first = `${index + 1}. `;
	const indent = ' '.repeat(first.length);
	return wrapped(`${first}${seen}`, indent) + wrapped(`${indent}${hurts}`, indent) + wrapped(`${indent}remedy: ${fix}`, indent);
};

/** As wide as the terminal; whole lines where it is none, for grep. */
function wrapped(text: string, indent: string): string {
	const width = process.stdout.isTTY ? process.stdout.columns : 0;
	if (width < NARROWEST || text.length <= width) {
		return `${text}\n`;
	}
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(/(?<=\S) /u)) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = `${indent}${word}`;
		} else {
			line = line === '' ? word : `${line} ${word}`;
		}
	}
	return `${[...lines, line].join('\n')}\n`;
}

/** Volumes of Gluster alone, by glusterd's files. */
function ofVolumes(names: readonly string[], json: boolean): number {
	const found = names.map(name => {
		const volume = volumeNamed(name);
		if (!volume) {
			throw new Error(`glusterd of this host knows no volume ${name}${volumes().length > 0 ? `, only ${volumes().join(', ')}` : ''}`);
		}
		return {volume: name, findings: examined(volume)};
	});
	const all = found.flatMap(({findings}) => findings);
	const text = all.map((one, index) => row(index, one)).join('');
	process.stdout.write(json ? `${JSON.stringify(found)}\n` : plain(text) || `${names.join(', ')}: nothing was found\n`);
	return all.length === 0 ? 0 : 1;
}
