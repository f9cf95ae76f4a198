// A host as `twinpool configure` sets it up, for doctor: its files, and tools that print what was captured.
import {chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, relative} from 'node:path';
import {deadlineOf} from '../../lib/deadline.ts';
import {examine, type Found} from '../../lib/doctor/examine.ts';
import {type Facts, factsOf} from '../../lib/doctor/facts.ts';
import {gather} from '../../lib/doctor/gather.ts';
import type {Record} from '../../lib/doctor/record.ts';
import {cib} from '../../lib/topology/cib.ts';
import {parseTopology} from '../../lib/topology/parse.ts';
import {render} from '../../lib/topology/render.ts';
import type {Topology} from '../../lib/topology/schema.ts';
import {hostid} from '../../lib/topology/setup.ts';
import {cibXml} from './cib-xml.ts';
import {cacheFile, HISTORY, TOOLS, tool} from './doctor-tools.ts';
import {DATASET} from './gluster-life.ts';
import {files} from './gluster-store.ts';
import {Tree} from './tree.ts';

const FIXTURE = new URL('../fixture/', import.meta.url);
export const fixture = (name: string): string => readFileSync(new URL(name, FIXTURE), 'utf8');
export const printed = (name: string): string => (JSON.parse(fixture(name)) as {stdout: string}).stdout;

/** With DRBD 8.4; without guests. */
export type Kind = 'drbd' | 'drbd-8' | 'iscsi' | 'gluster' | 'gluster-bare';

export function topologyOf(kind: Kind): Topology {
	const text = readFileSync(new URL(`../../examples/topology-${kind.replace(/-.*/u, '')}.yaml`, import.meta.url), 'utf8');
	const older = kind === 'drbd-8' ? text.replace('kind: drbd', 'kind: drbd\n  version: 8') : text;
	const {topology, problems} = parseTopology(kind === 'gluster-bare' ? older.replace('guests: {}\n', '') : older, kind);
	if (!topology) {
		throw new Error(problems.join('\n'));
	}
	return topology;
}

export class DoctorHost extends Tree {
	/** A host without anything but the tools that are named. */
	static bare(root: string, name: string, tools: readonly string[]): DoctorHost {
		const here = new DoctorHost(root);
		here.put('/proc/sys/kernel/hostname', `${name}\n`);
		here.put('/calls', '');
		for (const one of tools) {
			here.tool(one, tool(TOOLS[one] ?? {say: one}));
		}
		return here;
	}

	/** As configured, with the storage made and everything running. */
	static made(root: string, kind: Kind, name: 'alpha' | 'bravo' = 'alpha'): DoctorHost {
		const topology = topologyOf(kind);
		const node = topology.nodes.find(one => one.name === name);
		const here = DoctorHost.bare(root, name, Object.keys(TOOLS));
		for (const {path, text, link} of node ? render(topology, node) : []) {
			if (link) {
				here.link(path, text);
			} else {
				here.put(path, text);
			}
		}
		here.put('/cib.xml', cibXml(cib(topology), ['alpha', 'bravo']));
		here.put('/history.xml', HISTORY);
		here.hostid(Number.parseInt(hostid(topology.cluster, name), 16));
		here.put('/sys/module/zfs/version', printed('zfs-2.1.11/module-version.json'));
		here.put('/zfs-version', printed('zfs-2.1.11/version.json'));
		if (kind.startsWith('gluster')) {
			for (const [path, text] of Object.entries(files('10.77.2.2'))) {
				here.put(path, text);
			}
			here.put('/var/lib/twinpool/gluster-vm.json', DATASET);
			here.put('/run/twinpool/gluster-vm.json', JSON.stringify({me: 'alpha', mountpoint: '/vm', daemon: false}));
			here.put('/proc/self/mountinfo', `${here.read('/proc/self/mountinfo')}40 20 0:40 / /vm rw - fuse.glusterfs localhost:/vm rw\n`);
			here.put('/status', printed('zfs-2.1.11/drbd-primary-status.json').replaceAll('tank', 'brick').replace('/dev/drbd0', '/dev/vdb1'));
			here.put('/attributes', 'brick/data\txattr\tsa\n');
			here.put('/properties', 'brick\tmultihost\toff\nbrick\tfailmode\twait\n');
			return here;
		}
		here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n30 20 0:30 / /tank rw - zfs tank rw\n');
		here.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
		here.put('/properties', 'tank\tmultihost\toff\ntank\tfailmode\twait\n');
		if (kind === 'iscsi') {
			here.leg();
		} else {
			here.replicate(kind === 'drbd-8' ? 8 : 9);
		}
		return here;
	}

	link(path: string, to: string): void {
		mkdirSync(dirname(`${this.root}${path}`), {recursive: true});
		symlinkSync(to, `${this.root}${path}`);
	}

	hostid(id: number): void {
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32LE(id);
		mkdirSync(`${this.root}/etc`, {recursive: true});
		writeFileSync(`${this.root}/etc/hostid`, bytes);
	}

	cache(...pools: string[]): void {
		mkdirSync(`${this.root}/etc/zfs`, {recursive: true});
		writeFileSync(`${this.root}/etc/zfs/zpool.cache`, cacheFile(pools));
	}

	program(path: string, text = '#!/bin/sh\n'): void {
		this.put(path, text);
		this.mode(path, 0o755);
	}

	mode(path: string, mode: number): void {
		chmodSync(`${this.root}${path}`, mode);
	}

	/** One text for another, in a file that has it. */
	change(path: string, from: string | RegExp, to: string): void {
		const before = this.read(path);
		const after = before.replace(from, to);
		if (after === before) {
			throw new Error(`${path} has no ${from}`);
		}
		this.put(path, after);
	}

	private replicate(version: 8 | 9): void {
		const captured = version === 9 ? 'drbd-9.2.8' : 'drbd-8.4.11';
		this.put('/proc/drbd', fixture(`${captured}/alice/04-primary-uptodate/proc-drbd.txt`));
		this.put('/events2', fixture(`${captured}/alice/04-primary-uptodate/events2-now.txt`));
		this.put('/dump.xml', fixture(`drbd-utils-9.22/dump-configured-${version}.xml`));
		this.put('/utils', fixture('drbd-utils-9.22/version.txt'));
		this.put('/sys/module/drbd/parameters/usermode_helper', '/sbin/drbdadm\n');
		this.put('/status', printed('zfs-2.1.11/drbd-primary-status.json'));
		for (const event of ['fence-peer', 'unfence-peer', 'before-resync-target', 'after-resync-target', 'split-brain', 'out-of-sync']) {
			this.program(`/usr/lib/drbd/twinpool-${event}`);
		}
	}

	/** A mirror of this host's disk and one over iSCSI. */
	leg(target = 'iqn.2026-11.com.example:bravo.tank', replacement = 'off'): void {
		const device = '/sys/class/iscsi_session/session7/device';
		this.put('/sys/class/iscsi_session/session7/targetname', `${target}\n`);
		this.put('/sys/class/iscsi_session/session7/recovery_tmo', `${replacement}\n`);
		const connection = `${device}/connection7:0/iscsi_connection/connection7:0`;
		this.put(`${connection}/recv_tmo`, '2\n');
		this.put(`${connection}/ping_tmo`, '2\n');
		this.put(`${device}/target6:0:0/6:0:0:0/block/sdb/size`, '1\n');
		for (const [name, disk] of [
			['OWN-DISK', 'sda'],
			['wwn-0x6001405', 'sdb'],
		] as const) {
			this.put(`/dev/${disk}`, '');
			this.link(`/dev/disk/by-id/${name}`, relative('/dev/disk/by-id', `/dev/${disk}`));
		}
		this.put(
			'/status',
			printed('zfs-2.1.11/drbd-primary-status.json').replace(
				/\t {2}\/dev\/drbd0.*\n/u,
				'\t  mirror-0                        ONLINE       0     0     0\n\t    /dev/disk/by-id/OWN-DISK      ONLINE       0     0     0\n\t    /dev/disk/by-id/wwn-0x6001405 ONLINE       0     0     0\n',
			),
		);
		this.put(`/etc/iscsi/nodes/${target}/10.77.2.2,3260,1/default`, '# BEGIN RECORD 2.1.8\nnode.name = x\nnode.startup = manual\n');
	}

	/** As the command gathers it, with root's eyes whoever runs the tests. */
	async record(): Promise<Record> {
		const {PATH, TWINPOOL_ROOT: before} = process.env;
		process.env['PATH'] = `${this.root}/bin:/usr/bin:/bin`;
		process.env['TWINPOOL_ROOT'] = this.root;
		try {
			return {...(await gather(deadlineOf(30_000, performance.now()))), root: true};
		} finally {
			process.env['PATH'] = PATH;
			if (before === undefined) {
				Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT');
			}
		}
	}

	async facts(): Promise<Facts> {
		return factsOf(await this.record());
	}

	async found(): Promise<Found[]> {
		return examine([await this.facts()]);
	}
}
