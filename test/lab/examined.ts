/** `twinpool doctor` of one node, or of both. */
import type {Node} from './config.ts';
import {say} from './report.ts';
import {ask} from './ssh.ts';

interface Report {
	hosts: string[];
	findings: {check: string; severity: string; host: string; seen: string; fix: string}[];
	missed: {host: string; what: string; why: string}[];
}

/** Seconds; and how often a node may be too slow to answer everything. */
const LOOK = 240;
const TRIES = 4;
/** What a tool is given is enough for a host, and not always for an emulated one. */
const SLOW = /gave no answer|"ssh \w+ twinpool side" ended with 255/u;

async function examined(node: Node, peer: Node | undefined): Promise<{exit: number | undefined; report: Report}> {
	for (let tries = 1; ; tries += 1) {
		const began = performance.now();
		const {exit, stdout, stderr} = await ask(node, `twinpool doctor --json${peer ? ` --peer ${peer}` : ''}`, LOOK);
		const took = (performance.now() - began) / 1000;
		if (stdout.startsWith('{')) {
			const report = JSON.parse(stdout) as Report;
			const slow = report.missed.filter(({why}) => SLOW.test(why));
			if (slow.length === 0 || tries === TRIES) {
				say(`  doctor of ${report.hosts.join(' and ')}: ${took.toFixed(1)} s, ${report.findings.length} findings`);
				return {exit, report};
			}
			say(`  ${node} was too slow, doctor looks again: ${slow.map(({what, why}) => `${what}: ${why}`).join('; ')}`);
		} else if (tries === TRIES || !SLOW.test(stderr)) {
			throw new Error(`${node}: twinpool doctor ended with ${exit} after ${took.toFixed(1)} s: ${stderr.trim()}`);
		}
	}
}

const told = ({findings, missed}: Report): string =>
	[
		...findings.map(({check, severity, host, seen, fix}) => `${severity}, ${check}: ${host}: ${seen} (${fix})`),
		...missed.map(({host, what, why}) => `${host}: not examined: ${what}: ${why}`),
	].join('\n');

/** Nothing is found on a node, or on both of them. */
export async function clean(node: Node, peer?: Node): Promise<void> {
	const {exit, report} = await examined(node, peer);
	if (exit !== 0 || report.findings.length > 0 || report.missed.length > 0 || report.hosts.length !== (peer ? 2 : 1)) {
		throw new Error(`${node}: exit ${exit}: ${told(report)}`);
	}
}

/** Of a cluster that was just made one thing is true: that nobody knows whether its fencing works. */
export async function untried(node: Node, peer: Node): Promise<void> {
	const {exit, report} = await examined(node, peer);
	const checks = report.findings.map(({check}) => check).join(', ');
	if (exit !== 1 || checks !== 'fencing not proved' || report.missed.length > 0) {
		throw new Error(`${node}: exit ${exit}: ${told(report)}`);
	}
}
