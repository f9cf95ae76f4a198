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
async function killWithin(node: Node, words: string, child: boolean, cause: () => Promise<unknown>, limit = 120): Promise<void> {
	await put(node, program, script, '755');
	const killed = ask(node, `${program} '${words}' ${limit} ${child ? 'child' : ''}`, limit + 30);
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

/** A stop of ours that is killed is a failed one: nobody knows what is left, so the node is fenced. In the middle of an orderly move. */
export const stop =
	(agent: string) =>
	(role: Role): Omit<Fault, 'name'> => {
		const standby = (scene: Scene, change: string): string =>
			`crm_attribute --node ${scene[role]} --name standby ${change} --lifetime reboot`;
		return {
			fenced: role,
			inflict: scene =>
				killWithin(scene[role], `/twinpool/${agent} stop`, true, () => sh(other(scene[role]), standby(scene, '--update on'), 60), 240),
			mend: async scene => void (await inTime(other(scene[role]), `${standby(scene, '--delete')} || true`)),
		};
	};

const oldest = (daemon: string): string => `pgrep -o -x ${daemon}`;

/** A daemon is killed, and runs again without a hand: another process of that name, or another boot. */
export const daemon =
	(name: string, more: Partial<Fault> = {}, seconds = 45) =>
	(role: Role): Omit<Fault, 'name'> => {
		let before = '';
		return {
			async inflict(scene) {
				before = await sh(scene[role], `${oldest(name)} && pkill -9 -x ${name}`, 60);
			},
			decided: inTurn(lasts(seconds), async scene => {
				const node = scene[role];
				await until(
					`${name} runs again on ${node}`,
					limits.return,
					async () => scene.anew(node) || ![before, ''].includes((await ask(node, oldest(name), 30)).stdout.trim()),
					1000,
				);
			}),
			...more,
		};
	};

/** The other one sees its member go, and may have it fenced before it is back. */
export const corosync = (role: Role): Omit<Fault, 'name'> => daemon('corosync', {perhaps: [role]}, 60)(role);
