// A host with everything that twinpool looks at, as the real tools and kernels printed it in the lab.
import {readFileSync} from 'node:fs';
import {captured, cib} from './captured.ts';
import {Tree} from './tree.ts';

const FIXTURE = new URL('../fixture/', import.meta.url);
export const fixture = (name: string): string => readFileSync(new URL(name, FIXTURE), 'utf8');
const stdout = (name: string): string => (JSON.parse(fixture(name)) as {stdout: string}).stdout;

export type Change = NonNullable<Parameters<typeof cib>[0]>;

/** What this very process is, as somebody who keeps a leg would be. */
const keeper = (words: string, says: string): string =>
	JSON.stringify({pid: 4711, born: '777', words, says, since: '2026-11-28T00:00:00.000Z'});
const STAT = `4711 (iscsi-leg) S ${Array.from({length: 18}, () => 0).join(' ')} 777 0\n`;

/** alpha, of a cluster with bravo: DRBD, two pools, a leg, guests. */
export class Watched extends Tree {
	constructor(root: string) {
		super(root);
		this.put('/proc/sys/kernel/hostname', 'alpha\n');
		this.put('/calls', '');
		for (const tool of ['drbdsetup', 'cibadmin', 'stonith_admin', 'zpool', 'virsh']) {
			this.tool(tool, `cat $ROOT/${tool}.out; exit $(cat $ROOT/${tool}.exit 2>/dev/null || echo 0)`);
		}
		this.cluster({});
		this.put('/stonith_admin.out', captured('stonith-history-xml-both').stdout);
	}

	/** What a tool prints from now on, and how it ends. */
	says(tool: string, text: string, exit = 0): void {
		this.put(`/${tool}.out`, text);
		this.put(`/${tool}.exit`, `${exit}`);
	}

	cluster(change: Change, attributes: Record<string, string> = {}): void {
		const pairs = Object.entries(attributes).map(([name, value]) => `<nvpair id="x-${name}" name="${name}" value="${value}"/>`);
		this.says('cibadmin', cib(change).replace(/(<instance_attributes id="status-2">)/u, `$1${pairs.join('')}`));
	}

	/** A phase of the captures, as alice saw it: /proc/drbd, and what events2 says. */
	drbd(version: 'drbd-8.4.11' | 'drbd-9.2.8', phase: string): void {
		this.put('/proc/drbd', fixture(`${version}/alice/${phase}/proc-drbd.txt`));
		this.says('drbdsetup', fixture(`${version}/alice/${phase}/events2-now-statistics.txt`));
	}

	/** A pool with the kernel's word, and what zpool printed in a phase of the leg's captures. */
	pool(name: string, word: string, phase: string): void {
		this.put('/sys/module/zfs/version', '2.1.11\n');
		this.put(`/proc/spl/kstat/zfs/${name}/state`, `${word}\n`);
		this.says('zpool', fixture(`open-iscsi-2.1.8/${phase}.status.txt`));
	}

	leg(words: string, says: string): void {
		this.put(
			'/run/twinpool/leg-tank.json',
			JSON.stringify({
				me: 'alpha',
				ends: {leg: {target: 't', portal: {host: 'h', port: 1}, lun: 1, iscsiadm: 'iscsiadm'}},
				poolGuid: '1',
				guid: '2',
			}),
		);
		this.put('/run/twinpool/leg-tank.seen', keeper(words, says));
		this.put('/proc/4711/stat', STAT);
	}

	guests(): void {
		this.put('/run/libvirt/qemu/web.pid', '');
		this.says('virsh', stdout('libvirt-9.0.0-guests/survey.json'));
	}
}
