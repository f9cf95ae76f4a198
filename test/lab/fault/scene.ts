/** A fault: what is done to the cluster, when the cluster has answered it, how it is undone, and what may come of it. */
import type {Node} from '../config.ts';
import {limits} from '../round.ts';
import {sh} from '../ssh.ts';
import {until} from '../wait.ts';
import type {Writer} from '../writer.ts';

/** The node with the pool, and the other one. */
export type Role = 'holder' | 'standby';

export interface Scene extends Readonly<Record<Role, Node>> {
	readonly writer: Writer;
	/** When it began, in milliseconds of the host's clock. */
	readonly at: number;
	/** Whether a node was started anew since. */
	anew(node: Node): boolean;
}

export interface Fault {
	readonly name: string;
	/** Who is fenced, and nobody else; the service moves when it is the holder. */
	readonly fenced?: Role;
	/** One of these may be fenced, and need not be. */
	readonly perhaps?: readonly Role[];
	/** The service may move to the other node without a fencing. */
	readonly moves?: true;
	inflict(scene: Scene): Promise<void>;
	/** What else goes on until it is undone. */
	meanwhile?(scene: Scene): Promise<void>;
	/** Where nobody has to be fenced: the cluster has made up its mind. */
	decided?(scene: Scene): Promise<void>;
	mend?(scene: Scene): Promise<void>;
}

/** A fault that is made again and again, on either node. */
export interface Trouble {
	readonly name: string;
	/** Whom it is for; both when it does not say. */
	readonly roles?: readonly Role[];
	/** Anew each time: it may keep what it saw before. */
	make(role: Role): Omit<Fault, 'name'>;
}

/** What has to be stopped and started on the node with the pool may come up again on the other one. */
export const mayMove = (role: Role): Pick<Fault, 'moves'> => (role === 'holder' ? {moves: true} : {});

/** For as long as no record was synced so many seconds after the beginning it goes on. */
export const lasts =
	(seconds: number) =>
	async ({writer, at}: Scene): Promise<void> =>
		void (await writer.first(at + seconds * 1000, limits.write));

export const inTurn =
	(...steps: ((scene: Scene) => Promise<void>)[]) =>
	async (scene: Scene): Promise<void> => {
		for (const step of steps) {
			await step(scene);
		}
	};

/** On a node that may just be booting. */
export const inTime = (node: Node, command: string): Promise<string> =>
	until(`${node} does ${command}`, limits.return, async () => `done ${await sh(node, command, 60)}`, 2000);
