/**
 * The lab by hand: `image`, `up [KIND [LAYOUT]]`, `down`, `ssh NODE [COMMAND]`, `off NODE`, `on NODE`, `cut NODE LINK`,
 * `join NODE LINK`, `status`. Nodes stay up until `down`.
 */
import {execa} from 'execa';
import {form, settled} from './cluster.ts';
import {type Link, links, type Node, nodes} from './config.ts';
import {domain, emulator} from './domain.ts';
import {connectHypervisor, define} from './hypervisor.ts';
import {image} from './image.ts';
import {type Kind, type KindName, kinds, type Layout} from './kind.ts';
import {cut, join} from './links.ts';
import {debFor} from './package.ts';
import {connectPower, disconnectPower} from './power.ts';
import {say} from './report.ts';
import {sshOptions} from './ssh.ts';
import {booted, freshDisks, kill, start} from './vm.ts';

async function becomeHypervisor(): Promise<void> {
	await connectHypervisor();
	const {stdout: path} = await execa('which', [emulator]);
	for (const node of nodes) {
		await define(node, domain(node, path));
	}
}

/** Two fresh nodes, booted: processes with a power switch, or libvirt guests of this host. */
export async function boot(stonith: Kind['stonith'] = 'fence_lab'): Promise<void> {
	const root = await image();
	await disconnectPower();
	await freshDisks(root);
	await (stonith === 'fence_libvirt' ? becomeHypervisor() : connectPower());
	say('starting two nodes');
	await Promise.all(nodes.map(start));
	await Promise.all(nodes.map(booted));
	say('both nodes are up');
}

/** Two fresh nodes as a cluster. */
export async function raise(name: KindName, layout: Layout): Promise<void> {
	const kind: Kind = kinds[name];
	const deb = kind.packaged ? await debFor() : undefined;
	await boot(kind.stonith);
	await form(kind, layout, deb);
}

const isNode = (word: string | undefined): word is Node => nodes.some(node => node === word);
const isLink = (word: string | undefined): word is Link => links.some(link => link === word);
const isKind = (word: string | undefined): word is KindName => word !== undefined && word in kinds;

async function main([verb, first, second, ...rest]: string[]): Promise<void> {
	const layout: Layout = second === 'zvol' ? 'zvol' : 'disk';
	if (verb === 'up' && isKind(first)) {
		return raise(first, layout);
	}
	if (verb === 'up') {
		return boot();
	}
	if (verb === 'image') {
		return void (await image());
	}
	if (verb === 'down') {
		return disconnectPower();
	}
	if (verb === 'status') {
		return say((await settled()) ? 'settled' : 'not settled');
	}
	if (!isNode(first)) {
		throw new Error('which node? See the head of this file');
	}
	if (verb === 'off') {
		return kill(first);
	}
	if (verb === 'on') {
		return start(first);
	}
	if (verb === 'cut' && isLink(second)) {
		return cut(first, second);
	}
	if (verb === 'join' && isLink(second)) {
		return join(first, second);
	}
	if (verb === 'ssh') {
		const command = [second, ...rest].filter(word => word !== undefined);
		await execa('ssh', [...sshOptions(first), ...command], {stdio: 'inherit', reject: false});
		return;
	}
	throw new Error(`cannot ${verb}`);
}

if (process.argv[1] === import.meta.filename) {
	await main(process.argv.slice(2));
}
