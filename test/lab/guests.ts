/** Eight idle guests on the pool, emulated within the emulation: 32 MiB, a small disk, nothing to boot. */
import {type Node, pool} from './config.ts';
import {emulator} from './domain.ts';
import {qemuSettings} from './hypervisor.ts';
import {put, sh} from './ssh.ts';

const numbers = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const disk = (number: number): string => `/${pool}/guests/guest${number}.img`;

/** The UUIDs, by which a node's processes show who runs there. */
export const guests: readonly string[] = numbers.map(uuid);

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
export async function storeGuests(node: Node): Promise<void> {
	const folder = `/${pool}/.twinpool/guests`;
	await sh(node, `mkdir -p /${pool}/guests ${folder} && chmod 700 ${folder} && truncate -s 1M ${numbers.map(disk).join(' ')}`);
	for (const number of numbers) {
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
