import {parseArgs} from 'node:util';
import {edges, mermaid, type Phase, type Subject} from '../graph.ts';
import type {Goal} from '../lifecycle.ts';

export const PHASES: readonly Phase[] = ['bring up', 'failover', 'tear down'];

const both = (one: Goal | undefined, two: Goal | undefined): Goal => ({
	reach: [...(one?.reach ?? []), ...(two?.reach ?? [])],
	by: [...(one?.by ?? []), ...(two?.by ?? [])],
});

/** The machines by name. */
export const subjects: Record<string, () => Promise<Subject>> = {
	async drbd() {
		const {
			drbd: {goals},
		} = await import('../drbd/index.ts');
		const {machine} = await import('../drbd/machine.ts');
		const {start, connect, promote, demote, stop} = goals;
		return {
			machine,
			context: {twoPrimaries: false},
			up: both(start, connect),
			failover: both(promote, undefined),
			down: both(demote, stop),
		};
	},
	async zpool() {
		const {machine} = await import('../zpool/machine.ts');
		return {
			machine,
			context: {},
			up: {reach: ['Started'], by: ['import']},
			failover: {reach: ['Started'], by: []},
			down: {reach: ['Stopped'], by: ['export']},
		};
	},
	async leg() {
		const {
			leg: {goals},
		} = await import('../iscsi/index.ts');
		const {machine} = await import('../iscsi/machine.ts');
		const {keep, wait} = goals;
		return {
			machine,
			context: {},
			up: {reach: keep?.reach ?? [], by: ['login', 'online']},
			failover: both(keep, undefined),
			down: both(wait, undefined),
		};
	},
	async volume() {
		const {machine} = await import('../gluster/machine.ts');
		return {
			machine,
			context: {},
			up: {reach: ['Kept', 'Ready'], by: ['revive']},
			failover: {reach: ['Kept'], by: ['declare', 'lower', 'raise', 'complete', 'revive']},
			down: {reach: ['Kept'], by: ['halt']},
		};
	},
	async guests() {
		const {machine} = await import('../guests/machine.ts');
		return {
			machine,
			context: {now: false},
			up: {reach: ['Started'], by: ['define', 'start']},
			failover: {reach: ['Started'], by: []},
			down: {reach: ['Stopped'], by: ['shutdown', 'destroy']},
		};
	},
};

/** `twinpool graph [MACHINE [PHASE]]`: the machines as the planner sees them, as Mermaid, or as one picture. */
export async function graph(argv: string[]): Promise<number> {
	const {values, positionals} = parseArgs({args: argv, allowPositionals: true, options: {svg: {type: 'boolean', default: false}}});
	const [name, ...words] = positionals;
	const phase = words.join(' ');
	const names = Object.keys(subjects);
	const phases = PHASES.filter(known => !phase || known === phase);
	if ((name && !names.includes(name)) || phases.length === 0) {
		process.stderr.write(`twinpool graph: expected ${names.join(' or ')}, and one of: ${PHASES.join(', ')}\n`);
		return 2;
	}
	const asked: {title: string; subject: Subject; phase: Phase}[] = [];
	for (const one of name ? [name] : names) {
		const subject = await subjects[one]?.();
		asked.push(...(subject ? phases.map(part => ({title: `${one}: ${part}`, subject, phase: part})) : []));
	}
	process.stdout.write(
		values.svg ? await picture(asked) : asked.map(one => `%% ${one.title}\n${mermaid(one.subject, one.phase)}\n`).join(''),
	);
	return 0;
}

/** The layout is imported late: only who wants a picture pays for it. */
async function picture(asked: readonly {title: string; subject: Subject; phase: Phase}[]): Promise<string> {
	const {svg} = await import('./graph-svg.ts');
	const sections = asked.map(({title, subject, phase}) => ({title, edges: edges(subject, phase)}));
	// Not every machine has something to do in every phase.
	const busy = sections.filter(({edges: arrows}) => arrows.length > 0);
	return svg(busy.length > 0 ? busy : sections);
}
