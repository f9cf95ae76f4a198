/** Programs that die without a word: daemons, and our own in the middle of what they do. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Node, other} from '../config.ts';
import {limits} from '../round.ts';
import {ask, put, sh} from '../ssh.ts';
import {until} from '../wait.ts';
import {cutBoth, joinBoth} from './network.ts';
import {type Fault, inTime, inTurn, lasts, mayMove, type Role, type Scene} from './scene.ts';

const program = '/usr/local/sbin/lab-kill-within';
const script = await readFile(join(import.meta.dirname, '..', 'node', 'kill_within.pl'), 'utf8');

/** Ends the first program of ours that fits; `cause` is what makes it run. */
async function killWithin(
	node: Node,
	words: string,
	child: boolean,
	cause: () => Promise<unknown>,
	{limit = 120, signal = 'KILL'}: {limit?: number; signal?: 'KILL' | 'STOP'} = {},
): Promise<void> {
	await put(node, program, script, '755');
	const killed = ask(node, `${program} '${words}' ${limit} '${child ? 'child' : ''}' ${signal}`, limit + 30);
	await cause();
	const {exit, stderr} = await killed;
	if (exit !== 0) {
		throw new Error(`${node}: no ${words} was there to kill: ${stderr}`);
	}
}

/** The handler that the kernel asks, while it asks the cluster. */
export const handler: Omit<Fault, 'name'> = {
	inflict: ({holder}) => killWithin(holder, 'twinpool-fence-peer', true, () => cutBoth('storage')),
	decided: async () => undefined,
	mend: () => joinBoth('storage'),
};

/** The handler of a resync's end, as long as which runs the other node has not heard of that: stood still until the two have lost each other. */
export async function unheard({holder, standby}: Scene, cause: () => Promise<unknown>, lost: () => Promise<boolean>): Promise<void> {
	const name = 'twinpool-after-resync-target';
	await killWithin(standby, name, false, cause, {limit: 240, signal: 'STOP'});
	await cutBoth('storage');
	await until(`${holder} without the other one`, limits.write, lost, 250);
	await sh(standby, `pkill -CONT -f ${name}`, 60);
}

/** A monitor of ours that is killed is a failed one: what it looked at is stopped and started, here or there. */
export const monitor =
	(agent: string) =>
	(role: Role): Omit<Fault, 'name'> => ({
		...mayMove(role),
		// Without the last answer, which the launcher gives, the next monitor is the program's own.
		inflict: scene =>
			killWithin(scene[role], `/twinpool/${agent} monitor`, false, () => sh(scene[role], 'rm -f /run/twinpool/answer-*', 60)),
		decided: lasts(60),
	});

/** From `by` an order for `node` to give everything up, which a boot of it forgets. */
const leave = (by: Node, node: Node): Promise<string> =>
	sh(by, `crm_attribute --node ${node} --name standby --update on --lifetime reboot`, 60);
const mayReturn = async (by: Node, node: Node): Promise<void> =>
	void (await inTime(by, `crm_attribute --node ${node} --name standby --delete --lifetime reboot || true`));

/** A stop of ours that is killed is a failed one: nobody knows what is left, so the node is fenced. In the middle of an orderly move. */
export const stop =
	(agent: string) =>
	(role: Role): Omit<Fault, 'name'> => ({
		fenced: role,
		inflict: ({[role]: node}) => killWithin(node, `/twinpool/${agent} stop`, true, () => leave(other(node), node), {limit: 240}),
		mend: ({[role]: node}) => mayReturn(other(node), node),
	});

/** A start of ours that is killed, on the node that everything is moved to: it is tried there again when the failure is forgotten. */
export const start = (agent: string): Omit<Fault, 'name'> => ({
	moves: true,
	// The end: the launcher's own check begins with the same word.
	inflict: ({holder, standby}) => killWithin(standby, `/twinpool/${agent} start $`, true, () => leave(standby, holder), {limit: 240}),
	mend: ({holder, standby}) => mayReturn(standby, holder),
});

const oldest = (daemon: string): string => `pgrep -o -x ${daemon}`;

/**
 * A daemon is killed, and runs again without a hand: another process of that name, or another boot. `asked` is a client of one that runs
 * only while it has something to do. On the holder it has: nobody helps there.
 */
export const daemon =
	(name: string, {asked = 'true', seconds = 45, ...more}: Partial<Fault> & {asked?: string; seconds?: number} = {}) =>
	(role: Role): Omit<Fault, 'name'> => {
		let before = '';
		const again = role === 'holder' ? oldest(name) : `{ ${asked}; } >/dev/null && ${oldest(name)}`;
		return {
			async inflict(scene) {
				before = await sh(scene[role], `{ ${asked}; } >/dev/null && ${oldest(name)} && pkill -9 -x ${name}`, 60);
			},
			decided: inTurn(lasts(seconds), async scene => {
				const node = scene[role];
				await until(
					`${name} runs again on ${node}`,
					limits.return,
					async () => scene.anew(node) || ![before, ''].includes((await ask(node, again, 30)).stdout.trim()),
					1000,
				);
			}),
			...more,
		};
	};

/** Debian's ends itself after two minutes without a client, and its socket starts it again. */
export const libvirtd = daemon('libvirtd', {asked: 'virsh --connect qemu:///system list'});

/** The other one sees its member go, and may have it fenced before it is back. */
export const corosync = (role: Role): Omit<Fault, 'name'> => daemon('corosync', {perhaps: [role], seconds: 60})(role);
