/** Guests that are told to start while their volume has fewer copies than a write needs, as Pacemaker does right after a fencing. */
import {act, good, maintenance} from './byhand.ts';
import {type Node, other, pool} from './config.ts';
import {keeper} from './gluster.ts';
import {guestsOf, makeHypervisor, storeGuests} from './guests.ts';
import {kinds} from './kind.ts';
import {cut, join} from './links.ts';
import {say, seconds} from './report.ts';
import {ask, both, sh} from './ssh.ts';
import {until} from './wait.ts';
import type {Writer} from './writer.ts';

const kind = kinds['soak-drbd'];

export async function guestsWait(writer: Writer, node: Node): Promise<void> {
	await makeHypervisor(node);
	await storeGuests(node, kind);
	await writer.attendAll();
	await writer.first(Date.now(), 60, node);
	await writer.pause();
	await maintenance(true);
	await both(keeper('stop'));
	await cut(other(node), 'storage');
	await until('the client found too few copies', 120, async () => {
		const {stdout} = await ask(node, `ls /${pool}/.twinpool/guests 2>&1`, 90);
		return stdout.includes('Transport endpoint is not connected');
	});
	const started = act(node, 'guests', 'start');
	await until('the agent started', 60, async () => (await ask(node, 'pgrep -f "twinpool/guests start"', 30)).exit === 0, 250);
	await both(keeper('start'));
	const {exit, says, took} = await started;
	say(`  started after ${seconds(took)} s`);
	const running = (await sh(node, 'virsh -q list --uuid', 60)).split(/\s+/u).filter(Boolean);
	await good(node, 'guests', 'stop');
	await join(other(node), 'storage');
	await maintenance(false);
	writer.again(node);
	await writer.first(Date.now(), 120, node);
	if (exit !== 0 || !says.includes('waiting for the storage') || running.length !== guestsOf(kind).length) {
		throw new Error(`exit ${exit}, ${running.length} guests run: ${says}`);
	}
}
