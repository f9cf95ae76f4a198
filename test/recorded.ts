// What the lab's agents and keepers were shown while it was broken, fault by fault, replayed through the machines: each has a way for each jump.
import {readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {type DrbdParams, drbd} from '../lib/drbd/index.ts';
import {copy} from '../lib/gluster/index.ts';
import {guests} from '../lib/guests/index.ts';
import type {Guest} from '../lib/guests/states.ts';
import type {Task} from '../lib/guests/task.ts';
import {leg} from '../lib/iscsi/index.ts';
import type {Here, Lifecycle} from '../lib/lifecycle.ts';
import {zpool} from '../lib/zpool/index.ts';
import {surprises} from './fake/replay.ts';

/** A look, as lib/transcript.ts writes it. */
interface Look {
	pid: number;
	machine: string;
	of?: string;
	facts: unknown;
}

/** What the facts of a lifecycle are is known by its machine's name. */
const replayed = (life: unknown, params: unknown) => (facts: unknown) =>
	(life as Lifecycle<unknown, unknown>).resolve(facts ?? undefined, params);
const machines: Readonly<Record<string, (facts: unknown) => Promise<Here>>> = {
	drbd: replayed(drbd, {twoPrimaries: false} satisfies Partial<DrbdParams>),
	zpool: replayed(
		zpool(() => undefined),
		{},
	),
	guests: replayed(guests, {way: 'down', now: () => true} satisfies Partial<Task>),
	leg: replayed(leg, {}),
	volume: replayed(copy, {}),
};

/** A set of guests is where its hindmost is: of a jump each guest is asked by itself. */
function apart(look: Look): Look[] {
	return look.machine === 'guests'
		? (look.facts as {guests: Guest[]}).guests.map(guest => ({...look, of: guest.name, facts: {guests: [guest]}}))
		: [look];
}

/** Looked at by one process for as long as it lives, twice a second: of two looks nothing much is missed. The others are seen by many. */
const KEPT = new Set(['leg', 'volume']);
const UNSEEN = 2;

/** The looks of one recording, by what they are of. */
function told(recording: string): Look[][] {
	const lines = recording.split('\n').filter(Boolean);
	const looks = lines.map(line => JSON.parse(line) as Partial<Look>).filter((line): line is Look => 'facts' in line);
	const things = new Map<string, Look[]>();
	for (const look of looks.flatMap(apart)) {
		const thing = `${look.machine} ${look.of}${KEPT.has(look.machine) ? look.pid : ''}`;
		things.set(thing, [...(things.get(thing) ?? []), look]);
	}
	return [...things.values()];
}

/** Of looks at one thing. */
async function replay(looks: readonly Look[]): Promise<ReturnType<typeof surprises>> {
	const seen = await Promise.all(
		looks.map(({machine, facts}) => machines[machine]?.(facts) ?? Promise.reject(new Error(`no machine is called ${machine}`))),
	);
	return surprises(seen, looks.some(({machine}) => KEPT.has(machine)) ? UNSEEN : undefined);
}

const RECORDED = new URL('fixture/transcripts/', import.meta.url).pathname;
/** How many jumps a machine's recordings have at the least: without them nothing would be tried. */
const LEAST: Readonly<Record<string, number>> = {leg: 40, volume: 40, zpool: 4, guests: 12};

t.test('every jump has a way', async t => {
	const counts = new Map<string, number>();
	for (const file of readdirSync(RECORDED).filter(name => name.endsWith('.looks'))) {
		for (const looks of told(readFileSync(RECORDED + file, 'utf8'))) {
			const [{machine, of} = {machine: 'none', of: ''}] = looks;
			const {jumps, surprises: found} = await replay(looks);
			t.same(found, [], `${file}: ${machine} ${of}, ${jumps} jumps`);
			counts.set(machine, (counts.get(machine) ?? 0) + jumps);
		}
	}
	for (const [machine, least] of Object.entries(LEAST)) {
		t.ok((counts.get(machine) ?? 0) >= least, `${machine}: ${counts.get(machine)} jumps`);
	}
});

t.test('the reader: a way of one move, none of two, and what is down', async t => {
	const of = (machine: string, ...looks: unknown[]): Promise<unknown> => {
		const lines = looks.map(facts => JSON.stringify({time: '', pid: 1, machine, of: 'it', facts}));
		return replay(told(lines.join('\n'))[0] ?? []);
	};
	t.same(await of('leg', {session: 'none', vdev: 'OFFLINE'}, {session: 'FAILED', vdev: 'OFFLINE'}), {jumps: 1, surprises: []});
	const parted = {
		started: true,
		guarded: true,
		brick: true,
		daemon: true,
		peer: false,
		settled: false,
		role: 'both',
		leads: true,
		quorum: 'both',
	};
	const declared = {...parted, role: 'ahead'};
	t.same(await of('volume', parted, declared), {jumps: 1, surprises: []});
	t.match(await of('volume', declared, parted), {jumps: 1, surprises: [/declared -> parted: only by/u]});
	t.same(await of('drbd', null, null), {jumps: 0, surprises: []});
	await t.rejects(of('nothing', {}), /no machine is called nothing/u);
});
