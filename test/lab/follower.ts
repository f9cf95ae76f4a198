/** `twinpool watch --json` as a service of a node: its lines beside the kernel's own, and what it costs. */
import type {Node} from './config.ts';
import {ask, sh} from './ssh.ts';
import type {Item} from './truth.ts';
import {until} from './wait.ts';

const UNIT = 'lab-watch';
const FILE = '/root/lab-watch.jsonl';

interface Line extends Item {
	readonly time: string;
	readonly gone?: boolean;
}

export async function follow(node: Node): Promise<void> {
	await leave(node);
	await sh(
		node,
		`rm -f ${FILE}; systemd-run --quiet --unit=${UNIT} --property=StandardOutput=file:${FILE} /usr/bin/twinpool watch --json`,
		60,
	);
	await until(`watch of ${node} to show DRBD`, 180, async () => (await lines(node)).some(({kind}) => kind === 'drbd'), 2000);
}

export const leave = (node: Node): Promise<unknown> =>
	ask(node, `systemctl stop ${UNIT}.service; systemctl reset-failed ${UNIT}.service`, 60);

/** The last one may be half written. */
export async function lines(node: Node): Promise<Line[]> {
	const text = await sh(node, `cat ${FILE}`, 60);
	return text.split('\n').flatMap(line => (line.endsWith('}') ? [JSON.parse(line) as Line] : []));
}

/** Now, by the node's own clock, in seconds. */
export const nodeTime = async (node: Node): Promise<number> => Number(await sh(node, 'date +%s.%N', 30));

interface Logged {
	/** Seconds, of the node's own clock. */
	at: number;
	text: string;
}

const MESSAGE = /^\[\s*(\d+\.\d+)\] (.*)$/u;

/** What the kernel has said, by its own times: a mark of ours tells how they are read. The mark comes a little after its time was taken, so that nothing looks faster than it is. */
async function kernelLog(node: Node): Promise<Logged[]> {
	const mark = `lab-mark-${process.pid}-${Math.round(performance.now())}`;
	const [time = '', ...log] = (await sh(node, `date +%s.%N; echo ${mark} >/dev/kmsg; dmesg`, 60)).split('\n');
	const told = log.flatMap(line => {
		const [, at, text] = MESSAGE.exec(line) ?? [];
		return at === undefined || text === undefined ? [] : [{at: Number(at), text}];
	});
	const marked = told.find(({text}) => text.endsWith(mark));
	if (!marked) {
		throw new Error(`${node}: the kernel's log has no ${mark}`);
	}
	return told.map(({at, text}) => ({at: at - marked.at + Number(time), text}));
}

/** An event as the kernel logged it, and the line of watch that shows it. */
export interface Shown {
	/** Seconds between the two, of one clock. */
	late: number;
	kernel: string;
	line: Line;
}

/** The first of both after a moment of the node's clock. */
export async function shown(node: Node, what: string, since: number, kernel: RegExp, shows: (line: Line) => boolean): Promise<Shown> {
	return until(
		`${what} in the kernel's log and in watch of ${node}`,
		240,
		async () => {
			const event = (await kernelLog(node)).find(({at, text}) => at > since && kernel.test(text));
			const line = (await lines(node)).find(one => Date.parse(one.time) / 1000 > since && one.gone !== true && shows(one));
			return event && line && {late: Date.parse(line.time) / 1000 - event.at, kernel: event.text, line};
		},
		2000,
	);
}

/** Seconds: of the clock, and of the processor. */
export interface Empty {
	wall: number;
	cpu: number;
}

/** What an empty node takes on this node. */
export async function emptyNode(node: Node): Promise<Empty> {
	const {stderr} = await ask(node, 'TIMEFORMAT="%R %U %S"; for n in 1 2 3; do time node -e 0; done', 120);
	const runs = stderr
		.trim()
		.split('\n')
		.map(line => line.split(' ').map(Number))
		.sort(([one = 0], [two = 0]) => one - two);
	const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = runs[1] ?? [];
	return {wall, cpu: user + system};
}

interface Used {
	/** Seconds of the processor since it began: its own, and of all that it started. */
	own: number;
	all: number;
	events: number;
}

async function used(node: Node): Promise<Used> {
	const service = `/sys/fs/cgroup/system.slice/${UNIT}.service`;
	const text = await sh(
		node,
		`pid=$(systemctl show --property=MainPID --value ${UNIT}.service); cat /proc/$pid/stat; getconf CLK_TCK; grep ^usage_usec ${service}/cpu.stat; wc -l <${FILE}`,
		60,
	);
	const [stat = '', ticks, usage = '', events] = text.split('\n');
	const fields = stat.replace(/^.*\) /u, '').split(' ');
	return {
		own: (Number(fields[11]) + Number(fields[12])) / Number(ticks),
		all: Number(usage.replace('usage_usec ', '')) / 1e6,
		events: Number(events),
	};
}

/** What it used within so many seconds, in which nobody asks the node anything. */
export async function idle(node: Node, seconds: number): Promise<Used> {
	const before = await used(node);
	await sh(node, `sleep ${seconds}`, seconds + 60);
	const after = await used(node);
	return {own: after.own - before.own, all: after.all - before.all, events: after.events - before.events};
}
