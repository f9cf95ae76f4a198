/** The links between the nodes: cut, and losing packets. */
import {type Link, links, type Node} from '../config.ts';
import {cut, join} from '../links.ts';
import {both, sh} from '../ssh.ts';
import {type Fault, inTime, lasts, type Role, type Scene} from './scene.ts';

/** Both ends, so that it stays cut when one of the machines is started anew. */
export const cutBoth = async (...which: Link[]): Promise<void> => {
	await both(node => Promise.all(which.map(link => cut(node, link))));
};
export const joinBoth = async (...which: Link[]): Promise<void> => {
	await both(node => Promise.all(which.map(link => join(node, link))));
};

/** Nobody is fenced for the storage link: what is below the pool decides who goes on. */
export const storageLink = (decided: (scene: Scene) => Promise<void>): Omit<Fault, 'name'> => ({
	inflict: () => cutBoth('storage'),
	decided,
	mend: () => joinBoth('storage'),
});

/** Both want the other one fenced; the one with the pool has a head start. */
export const clusterLink = (...more: Link[]): Omit<Fault, 'name'> => ({
	fenced: 'standby',
	inflict: () => cutBoth('cluster', ...more),
	mend: () => joinBoth('cluster', ...more),
});

/** As lab-node names them: the first one leads to the host. */
const card = (link: Link): string => `eth${links.indexOf(link) + 1}`;

/** Of what a node sends, 30 % never arrives. */
const lose = (node: Node, link: Link): Promise<string> => sh(node, `tc qdisc replace dev ${card(link)} root netem loss 30%`, 60);

/** Seconds that a link loses packets: several tokens, pings and time-outs of every layer. */
const LOSSY = 45;

export const loss =
	(link: Link, more: Partial<Fault> = {}) =>
	(role: Role): Omit<Fault, 'name'> => ({
		inflict: async scene => void (await lose(scene[role], link)),
		decided: lasts(LOSSY),
		mend: async scene => void (await inTime(scene[role], `tc qdisc del dev ${card(link)} root || true`)),
		...more,
	});
