/** What a node is made of, as qemu is told: what libvirt would say by itself, and what it is handed as it stands. */
import {join} from 'node:path';
import {links, type Node, numberOf, other, ports, runDirectory} from './config.ts';

export const file = (node: Node, kind: string): string => join(runDirectory, `${node}.${kind}`);
export const monitorSocket = (node: Node): string => file(node, 'qmp');
export const consoleLog = (node: Node): string => file(node, 'console');

/** MiB; of it and of the translated code. */
export const memory = {node: 2048, translated: 256};

/** One processor, and a second one that could come: for one alone qemu leaves the guest's memory barriers out (until 8.1), and virtio loses a wake-up now and then, which stops a card for good. */
export const board = (node: Node): string[] => [
	...[
		'-name',
		node,
		'-M',
		'q35',
		'-accel',
		`tcg,tb-size=${memory.translated}`,
		'-cpu',
		'max',
		'-smp',
		'1,maxcpus=2',
		'-m',
		String(memory.node),
	],
	...['-nodefaults', '-display', 'none'],
];

/** Everything on the board, and the files by which the lab has it in hand: the same whoever starts it. */
export function equipment(node: Node): string[] {
	const id = numberOf(node);
	const words = ['root=/dev/vda', 'rw', 'rootflags=data=journal', 'console=ttyS0', 'quiet', 'net.ifnames=0', 'nr_cpus=1'];
	const own = [`systemd.hostname=${node}`, `systemd.machine_id=${String(id).repeat(32)}`, `lab.id=${id}`];
	const disk = (kind: string, format: string): string[] => [
		'-drive',
		`file=${file(node, kind)},format=${format},if=none,id=${kind},cache=unsafe`,
		'-device',
		`virtio-blk-pci,drive=${kind},serial=${kind}`,
	];
	const card = (name: string, index: number): string[] => [
		'-device',
		`virtio-net-pci,netdev=${name},id=${name}-card,mac=52:54:00:77:0${index}:0${id},romfile=`,
	];
	const wire = links.flatMap((link, index) => [
		'-netdev',
		`socket,id=${link},udp=127.0.0.1:${ports.link(link, other(node))},localaddr=127.0.0.1:${ports.link(link, node)}`,
		...card(link, index + 1),
	]);
	return [
		...['-serial', `file:${consoleLog(node)}`, '-rtc', 'base=utc,clock=host'],
		...['-kernel', file(node, 'kernel'), '-initrd', file(node, 'initrd'), '-append', [...words, ...own].join(' ')],
		...disk('root', 'qcow2'),
		...disk('data', 'raw'),
		...disk('spare', 'raw'),
		...['-netdev', `user,id=host,net=10.0.2.0/24,ipv6=off,hostfwd=tcp:127.0.0.1:${ports.ssh(node)}-:22`, ...card('host', 0)],
		...wire,
		...['-device', 'virtio-rng-pci', '-qmp', `unix:${monitorSocket(node)},server=on,wait=off`],
		...['-pidfile', file(node, 'pid')],
	];
}
