/** Two sides that both wrote: made by hand behind the cluster's back, found by DRBD, told by the handlers and the alert agent, and healed. */
import type {Checks} from './checks.ts';
import {holder, settled} from './cluster.ts';
import {type Node, nodes, other, pool, resource} from './config.ts';
import {say} from './report.ts';
import {both, put, sh} from './ssh.ts';
import {until} from './wait.ts';

const BELL = '/var/lib/pacemaker/lab-bell';
const HEARD = '/var/lib/pacemaker/lab-heard';
const attribute = `twinpool-split-brain-${resource}`;
const IDENTIFIER = /^[\dA-F]{16}$/u;

/** Told to a script, which keeps what it was told. */
const alert = `<alerts><alert id="bell" path="/usr/share/pacemaker/alerts/alert_twinpool"><select><select_attributes/></select>
<recipient id="bell-script" value="${BELL}"/></alert></alerts>`;

interface Found {
	volumes: {self?: {current: string}; peer?: {current: string}}[];
}

export const maintenance = (on: boolean): Promise<string> =>
	sh('alpha', `crm_attribute --type crm_config --name maintenance-mode --update ${on}`);
const told = async (): Promise<string> =>
	(await both(node => sh(node, `attrd_updater --query --name ${attribute} 2>/dev/null || true`))).join('\n');
const heard = async (): Promise<string[]> =>
	(await both(node => sh(node, `cat ${HEARD} 2>/dev/null || true`))).join('\n').split('\n').filter(Boolean);

/** Both sides write, each on its own, and meet again. In maintenance mode. */
export async function part(here: Node, there: Node): Promise<void> {
	// Fencing would never let it come to this.
	const plain = `sed '/fencing/d; /fence-peer/d' /etc/drbd.d/${resource}.res >/root/plain.res && mv /etc/drbd.d/${resource}.res /root/whole.res && cp /root/plain.res /etc/drbd.d/${resource}.res && drbdadm adjust ${resource}`;
	await both(node => sh(node, plain));
	await sh(there, `drbdadm disconnect ${resource} && drbdadm primary ${resource}`);
	// The last sectors: behind the pool's labels.
	await sh(there, 'dd if=/dev/urandom of=/dev/drbd0 bs=4k count=1 seek=$(($(blockdev --getsize64 /dev/drbd0) / 4096 - 1)) oflag=direct');
	await sh(here, `date >/${pool}/parted && sync`);
	await sh(there, `drbdadm secondary ${resource} && drbdadm connect ${resource}`);
}

/** With fencing again, and with the cluster looking after it. */
export async function asBefore(): Promise<void> {
	await both(node => sh(node, `mv /root/whole.res /etc/drbd.d/${resource}.res && drbdadm adjust ${resource}`));
	await maintenance(false);
}

export async function splitBrain(checks: Checks): Promise<void> {
	const here = await until('the pool on a node', 60, holder);
	const there = other(here);
	await both(async node => {
		await put(node, BELL, `#!/bin/sh\ncat >>${HEARD}; echo >>${HEARD}\n`, '755');
		await sh(node, `rm -f ${HEARD}`);
	});
	await put('alpha', '/root/alert.xml', alert);
	await sh('alpha', 'cibadmin --create --scope configuration --xml-file /root/alert.xml');
	await maintenance(true);
	await checks.check('a split-brain is written down on both sides, and told once', async () => {
		await part(here, there);
		await until('an attribute', 120, async () => new RegExp(attribute, 'u').test(await told()));
		for (const node of nodes) {
			const file = await until(`a record on ${node}`, 60, () => sh(node, `cat /var/lib/twinpool/split-brain/${resource}-*.json`));
			const {volumes} = JSON.parse(file) as Found;
			const ids = volumes.flatMap(({self, peer}) => [self?.current, peer?.current]);
			say(`  ${node}: ${ids.join(' ')}`);
			if (ids.length !== 2 || !ids.every(id => IDENTIFIER.test(id ?? '')) || ids[0] === ids[1]) {
				throw new Error(`not both sides' identifiers: ${file}`);
			}
		}
		await until('a message', 60, async () => (await heard()).length > 0);
		await sh(there, `drbdadm connect ${resource} || true; drbdadm disconnect ${resource}; drbdadm connect ${resource} || true; sleep 10`);
		const messages = await heard();
		if (messages.length !== 1 || !/"kind":"split-brain"/u.test(messages[0] ?? '')) {
			throw new Error(`${messages.length} messages: ${messages.join('\n')}`);
		}
	});
	await checks.check('healed: what was told is taken back', async () => {
		await sh(there, `drbdadm disconnect ${resource}; drbdadm secondary ${resource}; drbdadm connect --discard-my-data ${resource}`);
		await sh(here, `drbdadm connect ${resource} 2>/dev/null || true`);
		await until('in step', 120, async () => (await sh(here, `drbdadm dstate ${resource}`)) === 'UpToDate/UpToDate');
		await asBefore();
		await until('no attribute', 180, async () => !/value="\d{8}T/u.test(await told()));
		await until('everything as before', 300, settled);
	});
}
