import {readCib} from '../cluster/cib.ts';
import {fencedLast} from '../cluster/history.ts';
import {leaseIn} from '../cluster/lease.ts';
import {type Deadline, deadlineOf} from '../deadline.ts';
import {leasedAs} from '../gluster/params.ts';
import {volumeSets} from '../gluster/sets.ts';
import {kindOf} from '../gluster/side.ts';
import {type Volume, volumeNamed} from '../gluster/store.ts';
import {byHand, byItself, choose, removal, type Side, settled, type Torn, type TornFile, torn} from '../gluster/torn.ts';
import {plain} from './plain.ts';
import {insisted} from './question.ts';
import {ask} from './remote.ts';
import type {Choice} from './split-brain.ts';

/** Milliseconds: a volume may have many files. */
const ALL = 600_000;

const SAYS: Record<Torn, string> = {
	gfid: 'made on both sides, as two files',
	type: 'made on both sides, as different kinds of files',
	data: 'what is in it',
	metadata: 'owner, mode or attributes',
	entry: 'which names are in it',
};

/** `twinpool split-brain VOLUME`: 0 nothing is torn (any more), 1 something is. */
export async function splitVolume(name: string, {keep, yes, json}: Choice, files: readonly string[]): Promise<number> {
	const volume = volumeNamed(name);
	if (!volume) {
		throw new Error(`glusterd of this host has no volume ${name} any more`);
	}
	const deadline = deadlineOf(ALL, performance.now());
	const found = await torn(volume, ask, deadline);
	const unknown = files.find(file => !found.some(one => one.file === file));
	if (unknown !== undefined) {
		throw new Error(`${shown(unknown)} is not in split-brain: "twinpool split-brain ${name}" names what is`);
	}
	if (keep === undefined) {
		const story = await background(volume, deadline);
		process.stdout.write(json ? `${JSON.stringify({volume: name, ...story, files: found})}\n` : plain(report(name, story, found)));
		return found.length === 0 ? 0 : 1;
	}
	const chosen = found.filter(one => files.length === 0 || files.includes(one.file));
	return chosen.length === 0 ? 0 : resolve(volume, chosen, keep, yes);
}

interface Background {
	/** Who was turned off last, and when. */
	fenced: {node: string; at: string} | undefined;
	/** Who has everything, as the lease says. */
	current: readonly string[] | undefined;
}

/** What the cluster knows that helps to choose; a cluster that is down knows nothing. */
async function background({name}: Volume, deadline: Deadline): Promise<Background> {
	const [fenced, cib] = await Promise.all([fencedLast(deadline), readCib(deadline).catch(() => undefined)]);
	return {fenced, current: cib && leaseIn(cib, leasedAs(name))?.current};
}

function report(name: string, {fenced, current}: Background, found: readonly TornFile[]): string {
	if (found.length === 0) {
		return `${name}: nothing is in split-brain\n`;
	}
	const wide = Math.max(...found.flatMap(({sides}) => sides.map(({host}) => host.length)));
	const rows = found.map(
		one =>
			`\n${shown(one.file)}: ${one.how.map(how => SAYS[how]).join('; ')}\n${one.sides.map(side => `  ${row(side, wide)}\n`).join('')}${advice(one)}`,
	);
	return `${name}: ${found.length} ${found.length === 1 ? 'file' : 'files'} in split-brain
${fenced ? `${fenced.node} was fenced last, ${fenced.at}` : 'no fencing is on record'}
${current ? `${current.join(' and ')} ${current.length > 1 ? 'have' : 'has'} everything, says the lease` : 'there is no lease'}
${rows.join('')}
twinpool split-brain ${name} --keep HOST|latest|biggest [FILE...] takes one side's, after a ZFS snapshot below every brick
`;
}

/** A name may be anything; a line is a line. */
const shown = (file: string): string => (/\p{Cc}/u.test(file) ? JSON.stringify(file) : file);

const row = ({host, copy: {type, size, modified, changed, mode, owner}}: Side, wide: number): string =>
	`${host.padEnd(wide)}  ${type}, ${size} bytes, written ${modified}, changed ${changed}, ${mode} ${owner}`;

function advice(one: TornFile): string {
	if (byItself(one)) {
		return '  gluster puts the names together, when nothing in it is torn\n';
	}
	return byHand(one)
		? `  gluster cannot choose; after "twinpool snapshot", ${removal(one, one.sides[0]?.brick ?? '').join('; ')}, or the other way round\n`
		: '';
}

/** Which side's copy of a file stays. @throws {Error} nobody's is meant */
function kept(keep: string): (file: TornFile) => string {
	return ({file, how, sides}) => {
		const first = (of: (side: Side) => number): string => {
			const [one, two] = [...sides].sort((left, right) => of(right) - of(left));
			if (!one || (two && of(one) === of(two))) {
				throw new Error(`${shown(file)}: no copy is the ${keep} one; name a host for it`);
			}
			return one.brick;
		};
		if (keep === 'latest') {
			// Who changes the owner or the mode writes nothing.
			const contents = how.some(one => one !== 'metadata');
			return first(({copy}) => Date.parse(contents ? copy.modified : copy.changed));
		}
		if (keep === 'biggest') {
			return first(({copy}) => copy.size);
		}
		const meant = sides.filter(({host, brick}) => [host, host.split('.')[0], brick, brick.slice(0, brick.lastIndexOf(':'))].includes(keep));
		const [side] = meant;
		if (!side || meant.length > 1) {
			const names = sides.map(({host, brick}) => `${host} (${brick})`).join(' or ');
			throw new Error(`${keep} has ${side ? 'more than one' : 'no'} copy of ${shown(file)}: expected ${names}, latest or biggest`);
		}
		return side.brick;
	};
}

async function resolve(volume: Volume, chosen: readonly TornFile[], keep: string, yes: boolean): Promise<number> {
	const choice = kept(keep);
	const able = chosen.filter(one => !(byHand(one) || byItself(one)));
	const lines = able.map(one => `${shown(one.file)}: the copy of ${one.sides.find(({brick}) => brick === choice(one))?.host} stays`);
	process.stdout.write(plain(`${lines.join('\n')}\n`));
	await insisted(yes, 'What the others have is lost, but for the snapshots.');
	// The question may have waited for long.
	const deadline = deadlineOf(ALL, performance.now());
	const set = await volumeSets(volume, 'split-brain', ask, deadline).take();
	process.stdout.write(`every copy is in the snapshots twinpool-${kindOf('split-brain', volume.name)}-${set}\n`);
	const failed = await choose(volume, able, choice);
	const left = await settled(volume, chosen, ask, deadlineOf(ALL, performance.now()));
	process.stdout.write(
		left.length === 0
			? `whole again: ${chosen.map(({file}) => shown(file)).join(', ')}\n`
			: plain(left.map(one => `${shown(one.file)} is still torn (${still(one, failed)})\n${advice(one)}`).join('')),
	);
	return left.length === 0 ? 0 : 1;
}

/** What gluster said is only worth saying of what it left: it has called a file whole that it had just made so. */
const still = ({file, how}: TornFile, failed: ReadonlyMap<string, string>): string =>
	failed.get(file) ?? how.map(one => SAYS[one]).join('; ');
