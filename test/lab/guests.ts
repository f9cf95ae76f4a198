/** Idle guests on the pool, emulated within the emulation: 32 MiB, a small disk, nothing to boot. */
import {type Node, pool} from './config.ts';
import {emulator} from './domain.ts';
import {qemuSettings} from './hypervisor.ts';
import type {Kind} from './kind.ts';
import {put, sh} from './ssh.ts';

const numbers = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const disk = (number: number): string => `/${pool}/guests/guest${number}.img`;

/** Three where each of very many moves has to stop and start them. */
const numbersOf = ({guests, soak}: Kind): readonly number[] => (guests ? numbers.slice(0, soak ? 3 : numbers.length) : []);

/** The UUIDs, by which a node's processes show who runs there. */
export const guestsOf = (kind: Kind): readonly string[] => numbersOf(kind).map(uuid);

const definition = (number: number): string => `<domain type='qemu'>
	<name>guest${number}</name>
	<uuid>${uuid(number)}</uuid>
	<memory unit='MiB'>32</memory>
	<vcpu>1</vcpu>
	<os><type arch='x86_64' machine='pc'>hvm</type></os>
	<features><acpi/><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>
	<devices>
		<emulator>/usr/bin/${emulator}</emulator>
		<disk type='file' device='disk'>
			<driver name='qemu' type='raw'/>
			<source file='${disk(number)}'/>
			<target dev='vda' bus='virtio'/>
		</disk>
		<controller type='usb' model='none'/>
		<memballoon model='none'/>
	</devices>
</domain>
`;

/** The disks and the definitions, where ocf:twinpool:guests looks for them on the storage. */
export async function storeGuests(node: Node, kind: Kind): Promise<void> {
	const mine = numbersOf(kind);
	if (mine.length === 0) {
		return;
	}
	const folder = `/${pool}/.twinpool/guests`;
	await sh(node, `mkdir -p /${pool}/guests ${folder} && chmod 700 ${folder} && truncate -s 1M ${mine.map(disk).join(' ')}`);
	for (const number of mine) {
		await put(node, `${folder}/${uuid(number)}.xml`, definition(number), '600');
	}
}

/**
 * Runs libvirt in this node from now on, also after a boot. The guests have the smaller share of the one processor that a
 * node has: emulating eight idle ones would otherwise be most of its work, and it could not even fence in time.
 */
export async function makeHypervisor(node: Node): Promise<void> {
	await put(node, '/etc/libvirt/qemu.conf', qemuSettings, '600');
	await sh(node, 'systemctl set-property machine.slice CPUWeight=20 && systemctl enable --now libvirtd.service');
}
