/** The nodes know each other: what twinpool asks the other node goes through ssh. */
import {address, links, other} from './config.ts';
import {both, put, sh} from './ssh.ts';

/** Each node may ask the other one for its side, and nothing else: as the manual has it. */
export async function acquaint(): Promise<void> {
	const keys = await both(async node => ({
		own: await sh(node, 'test -e .ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519; cat .ssh/id_ed25519.pub', 60),
		host: await sh(node, 'cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub'),
	}));
	await both(async node => {
		const [alpha, bravo] = keys;
		const peer = node === 'alpha' ? bravo : alpha;
		const names = [other(node), ...links.map(link => address(link, other(node)))];
		await sh(
			node,
			`grep -qF '${peer?.own}' .ssh/authorized_keys || echo 'restrict,command="twinpool side" ${peer?.own}' >>.ssh/authorized_keys`,
		);
		await put(node, '/root/.ssh/known_hosts', `${names.join(',')} ${peer?.host}\n`, '600');
	});
}
