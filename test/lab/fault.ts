/** What is done to the cluster, when the cluster has answered it, and how it is undone. */
import {readFile} from 'node:fs/promises';
import {join as inside} from 'node:path';
import {setTimeout} from 'node:timers/promises';

import type {Link, Node} from './config.ts';
import {cut, freeze, join, thaw} from './links.ts';
import {ask, both, put, sh} from './ssh.ts';
import {kill} from './vm.ts';
import {until} from './wait.ts';
import type {Writer} from './writer.ts';

export interface Scene {
	/** The node with the pool, and the other one. */
	readonly holder: Node;
	readonly standby: Node;
	readonly writer: Writer;
	/** When it began, in milliseconds of the host's clock. */
	readonly at: number;
}

export interface Fault {
	readonly name: string;
	/** Who is fenced, and nobody else; the service moves when it is the holder. */
	readonly fenced?: 'holder' | 'standby';
	inflict(scene: Scene): Promise<void>;
	/** What else goes on until it is undone. */
	meanwhile?(scene: Scene): Promise<void>;
	/** Where nobody is fenced: the cluster has made up its mind. */
	decided?(scene: Scene): Promise<void>;
	mend?(scene: Scene): Promise<void>;
}

const limit = 240;
const frozen = 60_000;
/** DRBD misses a peer after 10 s without traffic and 0.5 s without an answer. */
const unnoticed = 20_000;

/** Both ends, so that it stays cut when one of the machines is started anew. */
const cutBoth = async (...links: Link[]): Promise<void> => {
	await both(node => Promise.all(links.map(link => cut(node, link))));
};
const joinBoth = async (...links: Link[]): Promise<void> => {
	await both(node => Promise.all(links.map(link => join(node, link))));
};

const constrained = async ({holder}: Scene): Promise<boolean> =>
	/drbd-fence-by-handler/u.test(await sh(holder, 'cibadmin --query --scope constraints', 60));

const killer = '/usr/local/sbin/lab-kill-handler';
const script = await readFile(inside(import.meta.dirname, 'node', 'kill_handler.pl'), 'utf8');

async function cutAndKillHandler({holder}: Scene): Promise<void> {
	await put(holder, killer, script, '755');
	const killed = ask(holder, killer, 120);
	await cutBoth('storage');
	const {exit, stderr} = await killed;
	if (exit !== 0) {
		throw new Error(`no fence-peer handler was there to kill: ${stderr}`);
	}
}

async function stopManagerAndCut({standby}: Scene): Promise<void> {
	await sh(standby, 'systemctl stop pacemaker.service');
	await cutBoth('storage');
}

const freezing = (fenced: 'holder' | 'standby', name: string): Fault => ({
	name,
	fenced,
	inflict: scene => freeze(scene[fenced]),
	async meanwhile(scene) {
		await setTimeout(scene.at + frozen - Date.now());
		// Whatever runs there now: nothing happens to one that was started anew.
		await thaw(scene[fenced]);
	},
});

export const faults: readonly Fault[] = [
	{
		name: 'storage link cut',
		inflict: () => cutBoth('storage'),
		decided: async scene => void (await until('the constraint of the handler', limit, () => constrained(scene))),
		mend: () => joinBoth('storage'),
	},
	{
		name: 'storage link cut, the handler killed',
		inflict: cutAndKillHandler,
		decided: async () => undefined,
		mend: () => joinBoth('storage'),
	},
	{
		name: 'Pacemaker stopped on the standby, storage link cut',
		inflict: stopManagerAndCut,
		decided: async ({writer}) => void (await writer.first(Date.now() + unnoticed, limit)),
		async mend({standby}) {
			await joinBoth('storage');
			await sh(standby, 'systemctl start pacemaker.service');
		},
	},
	{name: 'cluster link cut', fenced: 'standby', inflict: () => cutBoth('cluster'), mend: () => joinBoth('cluster')},
	{name: 'both links cut', fenced: 'standby', inflict: () => cutBoth('cluster', 'storage'), mend: () => joinBoth('cluster', 'storage')},
	{name: "the holder's power cut", fenced: 'holder', inflict: ({holder}) => kill(holder)},
	{name: "the standby's power cut", fenced: 'standby', inflict: ({standby}) => kill(standby)},
	freezing('holder', 'the holder frozen for 60 s'),
	freezing('standby', 'the standby frozen for 60 s'),
];
