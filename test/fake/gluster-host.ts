// A node with one brick of a replicated volume, beside a peer that this test plays: the tools as scripts, bricks as processes.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {type AddressInfo, createServer, type Server} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {captured, cmdlineOf, files, GLUSTER, HEALER, MOUNT, SYSTEMCTL, table} from './gluster-store.ts';
import {cibOf, CIBADMIN as LEG} from './leg-host.ts';
import {Tree} from './tree.ts';

const AGENT = new URL('../../dist/root/usr/lib/ocf/resource.d/twinpool/gluster', import.meta.url).pathname;

export const CIBADMIN = LEG.replace('twinpool-lease-tank', 'twinpool-lease-gluster.vm');

/** Each host of a test run has a peer of its own on the loopback. */
let peers = 1;

export class GlusterHost extends Tree {
	readonly peerAddress: string;
	readonly #children: ChildProcess[] = [];
	#own: ChildProcess | undefined;
	#servers: Server[] = [];
	/** What glusterd does when it is told to start the volume. */
	readonly #wanted: NodeJS.Timeout;

	private constructor(root: string) {
		super(root);
		peers += 1;
		this.peerAddress = `127.${1 + (process.pid % 250)}.${Math.floor(process.pid / 250) % 250}.${peers}`;
		this.#wanted = setInterval(() => {
			if (existsSync(`${root}/brick-wanted`)) {
				rmSync(`${root}/brick-wanted`);
				this.startBrick();
			}
		}, 50);
	}

	static async make(root: string): Promise<GlusterHost> {
		const here = new GlusterHost(root);
		for (const [path, text] of Object.entries(files(here.peerAddress))) {
			here.put(path, text);
		}
		for (const name of ['attrd_updater', 'stonith_admin', 'ss', 'zpool', 'zfs']) {
			here.tool(name, ':');
		}
		here.tool('crm_node', 'echo alpha');
		here.tool('systemctl', SYSTEMCTL);
		here.tool('mount', MOUNT);
		here.tool('umount', 'sed -i "\\# $1 #d" $ROOT/proc/self/mountinfo; rm -r $ROOT/proc/4194010');
		here.tool('cibadmin', CIBADMIN);
		here.tool('gluster', GLUSTER);
		mkdirSync(`${root}/proc/${HEALER}/fd`, {recursive: true});
		for (const inode of [777, 778]) {
			symlinkSync(`socket:[${inode}]`, `${root}/proc/${HEALER}/fd/${inode}`);
		}
		await here.peer(true);
		here.member('member');
		here.startBrick();
		return here;
	}

	/** What the other node is to the cluster. */
	member(state: Parameters<typeof cibOf>[0]): void {
		this.put('/cib.xml', cibOf(state));
	}

	/** An option of the volume as glusterd keeps it; without a value it goes. */
	option(name: string, value?: string): void {
		const info = '/var/lib/glusterd/vols/vm/info';
		const rest = this.read(info)
			.split('\n')
			.filter(line => line && !line.startsWith(`${name}=`));
		this.put(info, `${[...rest, ...(value === undefined ? [] : [`${name}=${value}`])].join('\n')}\n`);
	}

	/** A real process, so that it can be killed, under the name that it has to have. */
	#run(cmdline: string, pidFile: string): ChildProcess {
		const child = spawn('sleep', ['600']);
		this.#children.push(child);
		this.put(`/proc/${child.pid}/cmdline`, cmdline);
		this.put(pidFile, `${child.pid}\n`);
		child.on('exit', () => this.remove(`/proc/${child.pid}`));
		return child;
	}

	/** The process of this host's brick; nothing when it has none. */
	get brick(): number | undefined {
		return this.#own?.exitCode === null && this.#own.signalCode === null ? this.#own.pid : undefined;
	}

	startBrick(): void {
		if (this.brick === undefined) {
			this.#own = this.#run(cmdlineOf('vm'), '/run/gluster/vols/vm/alpha-brick-data-vm.pid');
		}
	}

	async endBrick(): Promise<void> {
		const gone = this.#own && once(this.#own, 'exit');
		this.#own?.kill('SIGKILL');
		await gone;
	}

	/** Another volume's brick on this host. */
	foreign(): ChildProcess {
		return this.#run(cmdlineOf('other'), '/run/gluster/vols/other/alpha-brick-data-other.pid');
	}

	/** The other host's glusterd, and its brick: in reach, or not. Of a host that is lost the kernel keeps every connection. */
	async peer(up: boolean, brickUp = up): Promise<void> {
		for (const server of this.#servers) {
			server.close();
		}
		const ports = up ? [24_007, ...(brickUp ? [0] : [])] : [];
		this.#servers = await Promise.all(ports.map(port => this.#listening(port)));
		const [daemon, brick] = this.#servers;
		if (daemon) {
			this.put('/proc/net/tcp', table(this.peerAddress, brick ? (brick.address() as AddressInfo).port : 0));
		}
	}

	async #listening(port: number): Promise<Server> {
		const opened = createServer(socket => socket.destroy());
		opened.listen(port, this.peerAddress);
		await once(opened, 'listening');
		return opened;
	}

	heal(name: string): void {
		this.put('/heal', captured(name));
	}

	lease(text?: string): string {
		if (text !== undefined) {
			this.put('/lease', text);
		}
		return this.read('/lease');
	}

	/** What the keeper says; `says`: as if it lived, and said so. */
	seen(words?: string): string {
		const file = '/run/twinpool/gluster-vm.seen';
		if (words !== undefined) {
			this.put(file, JSON.stringify({pid: process.pid, born: '', words, says: `it is ${words}`, since: new Date().toISOString()}));
		}
		const text = this.read(file);
		return text && `${(JSON.parse(text) as {words: string}).words}: ${(JSON.parse(text) as {says: string}).says}`;
	}

	#agent(action: string, env: Record<string, string>): ChildProcess {
		return spawn(process.execPath, [AGENT, action], {
			env: {
				PATH: `${this.root}/bin:/usr/bin:/bin`,
				TWINPOOL_ROOT: this.root,
				OCF_RESKEY_volname: 'vm',
				OCF_RESKEY_mountpoint: '/vol',
				OCF_RESKEY_CRM_meta_timeout: '40000',
				OCF_RESKEY_CRM_meta_on_node: 'alpha',
				OCF_RESKEY_CRM_meta_interval: '10000',
				OCF_RESOURCE_INSTANCE: 'volume',
				...env,
			},
		});
	}

	async act(action: string, env: Record<string, string> = {}): Promise<{code: number | null; reason: string; stderr: string}> {
		const child = this.#agent(action, env);
		let stderr = '';
		child.stderr?.on('data', chunk => {
			stderr += chunk;
		});
		const [code] = (await once(child, 'close')) as [number | null];
		return {code, reason: /^ocf-exit-reason:(.*)$/mu.exec(stderr)?.[1] ?? '', stderr};
	}

	/** The keeper, until the condition holds or the time is over; then it is ended. Gives whether it held. */
	async keep(until: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
		const child = this.#agent('keep', {});
		const closed = once(child, 'close');
		const end = performance.now() + seconds * 1000;
		let held = false;
		while (!held && performance.now() < end) {
			await sleep(50);
			held = await until();
		}
		child.kill('SIGTERM');
		await closed;
		return held;
	}

	close(): void {
		clearInterval(this.#wanted);
		for (const server of this.#servers) {
			server.close();
		}
		for (const child of this.#children) {
			child.kill('SIGKILL');
		}
	}
}
