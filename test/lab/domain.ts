/** A node as a libvirt guest of the host. What libvirt has no words for, above all links made of UDP, goes to qemu as it stands. */
import type {Node} from './config.ts';
import {equipment, memory} from './machine.ts';

export const emulator = 'qemu-system-x86_64';

const escaped = (text: string): string => text.replace(/[&<>'"]/gu, sign => `&#${sign.codePointAt(0)};`);

/** The board in libvirt's own words says the same as machine.ts does to qemu. */
export const domain = (node: Node, path: string): string => `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
	<name>${node}</name>
	<memory unit='MiB'>${memory.node}</memory>
	<vcpu current='1'>2</vcpu>
	<os><type arch='x86_64' machine='q35'>hvm</type></os>
	<features><acpi/><tcg><tb-cache unit='MiB'>${memory.translated}</tb-cache></tcg></features>
	<cpu mode='maximum'/>
	<devices>
		<emulator>${escaped(path)}</emulator>
		<controller type='usb' model='none'/>
		<memballoon model='none'/>
	</devices>
	<qemu:commandline>${equipment(node)
		.map(word => `<qemu:arg value='${escaped(word)}'/>`)
		.join('')}</qemu:commandline>
</domain>
`;
