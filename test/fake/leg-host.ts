// A node with one half of a mirror on its own disk and the other one at a target that this test plays: real labels, the tools as scripts.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, readFileSync, readlinkSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer, type Server} from 'node:net';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';
import {captured, type Phase} from './leg.ts';

const AGENT = new URL('../../dist/root/usr/lib/ocf/resource.d/twinpool/iscsi-leg', import.meta.url).pathname;
const fixture = (name: string): URL => new URL(`../fixture/open-iscsi-2.1.8/${name}`, import.meta.url);
const LABELS = {own: gunzipSync(readFileSync(fixture('alpha.label.gz'))), leg: gunzipSync(readFileSync(fixture('bravo.label.gz')))};
/** As the labels have them. */
export const GUIDS = JSON.parse(readFileSync(fixture('guids.json'), 'utf8')) as {pool: string; own: string; leg: string};
export const TARGET = 'iqn.2026-11.test.twinpool:bravo.tank';

/** The CIB as cibadmin shows and changes it: `-Q`, `-C` where there is none, `-M` where the old value is still there. */
export const CIBADMIN = `lease=$ROOT/lease
case "$*" in
*--node*) [ ! -e $ROOT/silent ] || { sleep 9; exit 124; }; printf '<nvpair value="%s"/>\\n' "$(cat $lease)" ;;
-Q*) [ ! -e $ROOT/offline ] || exit 102
	sed "s#LEASE#$( [ -e $lease ] && printf '<cluster_property_set id="x"><nvpair id="x-value" name="twinpool-lease-tank" value="%s"/></cluster_property_set>' "$(cat $lease)")#" $ROOT/cib.xml ;;
-C*) [ ! -e $lease ] || exit 108; printf '%s' "$5" | sed 's#.*value="\\([^"]*\\)".*#\\1#' >$lease ;;
-M*not*) [ ! -e $lease ] || exit 105; printf '%s' "$5" | sed 's#.*value="\\([^"]*\\)".*#\\1#' >$lease ;;
-M*) case $3 in *"@value=\\"$(cat $lease)\\""*) printf '%s' "$5" | sed 's#.*value="\\([^"]*\\)".*#\\1#' >$lease.new; mv $lease.new $lease ;; *) exit 105 ;; esac ;;
esac`;

const SESSION = '$ROOT/sys/class/iscsi_session/session';
/** Each login makes a session with the next number, and its unit's disk, as the kernel does. */
const iscsiadm = (port: number): string => `case "$*" in
*"-o new"*) mkdir -p $ROOT/etc/iscsi/nodes/${TARGET}; printf '# BEGIN RECORD 2.1.8\\nnode.session.auth.authmethod = None\\n# END RECORD\\n' >"$ROOT/etc/iscsi/nodes/${TARGET}/127.0.0.1,${port}" ;;
*--login*) [ -e "$ROOT/etc/iscsi/nodes/${TARGET}/127.0.0.1,${port}" ] || exit 21
	n=$(($(cat $ROOT/logins 2>/dev/null || echo 0) + 1)); echo $n >$ROOT/logins
	s=${SESSION}$n; c=$s/device/connection1:0/iscsi_connection/connection1:0; u=$s/device/target6:0:0/6:0:0:0
	mkdir -p $c $u/block/sda; echo LOGGED_IN >$s/state; echo ${TARGET} >$s/targetname; echo off >$s/recovery_tmo
	echo 127.0.0.1 >$c/persistent_address; echo ${port} >$c/persistent_port; echo 2 >$c/ping_tmo; echo 2 >$c/recv_tmo
	echo running >$u/state; echo naa.6001 >$u/wwid; echo 4 >$u/timeout
	for d in sda sda/sda1 sda1; do mkdir -p $ROOT/sys/class/block/$d; done; echo 131072 >$ROOT/sys/class/block/sda1/size ;;
*--logout*) rm -rf ${SESSION}[0-9]* $ROOT/sys/class/block/sda $ROOT/sys/class/block/sda1 ;;
esac`;

/** Membership of the other node: what Pacemaker writes of a member, a fenced one, a lost one. */
const STATES = {
	member: 'in_ccm="true" crmd="online" join="member" expected="member"',
	fenced: 'in_ccm="false" crmd="offline" join="down" expected="down"',
	lost: 'in_ccm="false" crmd="offline" join="down" expected="member"',
} as const;

/** The CIB of a cluster of alpha, which is a member, and bravo. LEASE stands where the lease comes. */
export const cibOf = (bravo: keyof typeof STATES, quorum = true): string =>
	`<cib have-quorum="${quorum ? 1 : 0}" validate-with="pacemaker-3.9"><configuration><crm_config>LEASE</crm_config><nodes><node id="1" uname="alpha"/><node id="2" uname="bravo"/></nodes><resources/><constraints/></configuration><status><node_state id="1" uname="alpha" ${STATES.member}/><node_state id="2" uname="bravo" ${STATES[bravo]}/></status></cib>`;

export interface LegHost {
	root: string;
	put(path: string, text: string | Buffer): void;
	tool(name: string, script: string): void;
	peer(state: keyof typeof STATES, quorum?: boolean): void;
	lease(text?: string): string;
	act(action: string, env?: Record<string, string>): Promise<{code: number | null; reason: string; stderr: string}>;
	/** The keeper, until the condition holds or the time is over; then it is ended. Gives whether it held. */
	keep(until: () => boolean, seconds: number): Promise<boolean>;
	/** What zpool says of the pool from now on, as it was captured in a phase, and the kernel with it. */
	status(phase: Phase, change?: (text: string) => string): string;
	/** The script that plays the cluster's tool. */
	cibadmin: string;
	iscsiadm: string;
	calls(): string[];
	read(path: string): string;
	/** Where the alias of a vdev leads. */
	alias(guid: string): string;
	close(): void;
}

/** A program of the agent on this host. */
const started = (root: string, port: number, action: string, env: Record<string, string>): ReturnType<typeof spawn> =>
	spawn(process.execPath, [AGENT, action], {
		env: {
			PATH: `${root}/bin:/usr/bin:/bin`,
			TWINPOOL_ROOT: root,
			OCF_RESKEY_pool: 'tank',
			OCF_RESKEY_portal: `127.0.0.1:${port}`,
			OCF_RESKEY_target: TARGET,
			OCF_RESKEY_CRM_meta_timeout: '20000',
			OCF_RESKEY_CRM_meta_on_node: 'alpha',
			OCF_RESOURCE_INSTANCE: 'leg',
			...env,
		},
	});

/** `reachable`: whether a target listens at the portal, and its unit appears as sda after a login. */
export async function legHost(root: string, reachable: boolean): Promise<LegHost> {
	const put: LegHost['put'] = (path, text) => {
		mkdirSync(dirname(`${root}${path}`), {recursive: true});
		writeFileSync(`${root}${path}`, text);
	};
	const tool: LegHost['tool'] = (name, script) => {
		put(`/bin/${name}`, `#!/bin/sh\nROOT=${root}\necho "${name} $*" >>$ROOT/calls\n${script}\n`);
		chmodSync(`${root}/bin/${name}`, 0o755);
	};
	const disk = (name: string, label: Buffer): void => {
		put(`/dev/${name}`, label);
		truncateSync(`${root}/dev/${name}`, 64 * 1024 * 1024);
		put(`/sys/class/block/${name}/size`, '131072\n');
	};
	const server: Server = createServer(socket => socket.destroy());
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const {port} = server.address() as AddressInfo;
	if (!reachable) {
		server.close();
	}
	disk('vdb1', LABELS.own);
	put('/proc/partitions', 'major minor  #blocks  name\n\n 254 17 2097152 vdb1\n');
	put('/proc/sys/kernel/hostname', 'alpha\n');
	put('/calls', '');
	for (const name of ['systemctl', 'udevadm', 'blockdev', 'attrd_updater', 'stonith_admin']) {
		tool(name, ':');
	}
	tool(
		'zpool',
		'case $1 in status) cat $ROOT/status ;; online) [ ! -e $ROOT/after-online ] || cp $ROOT/after-online $ROOT/status ;; clear) [ ! -e $ROOT/after-clear ] || cp $ROOT/after-clear $ROOT/status ;; esac',
	);
	tool('cibadmin', CIBADMIN);
	disk('sda1', LABELS.leg);
	rmSync(`${root}/sys/class/block/sda1`, {recursive: true});
	tool('iscsiadm', iscsiadm(port));
	const text: LegHost['read'] = path => readFileSync(`${root}${path}`, 'utf8');
	const peer: LegHost['peer'] = (state, quorum = true) => put('/cib.xml', cibOf(state, quorum));
	peer('member');
	const run = (action: string, env: Record<string, string> = {}): ReturnType<typeof spawn> => started(root, port, action, env);
	const keep: LegHost['keep'] = async (until, seconds) => {
		const child = run('keep');
		const closed = once(child, 'close');
		const end = performance.now() + seconds * 1000;
		while (!until() && performance.now() < end) {
			await sleep(100);
		}
		child.kill('SIGTERM');
		await closed;
		return until();
	};
	const act: LegHost['act'] = (action, env = {}) =>
		new Promise(resolve => {
			const child = run(action, env);
			let stderr = '';
			child.stderr?.on('data', chunk => {
				stderr += chunk;
			});
			child.on('close', code => resolve({code, reason: /^ocf-exit-reason:(.*)$/mu.exec(stderr)?.[1] ?? '', stderr}));
		});
	return {
		root,
		put,
		tool,
		peer,
		lease(text) {
			if (text !== undefined) {
				put('/lease', text);
			}
			try {
				return readFileSync(`${root}/lease`, 'utf8');
			} catch {
				return '';
			}
		},
		cibadmin: CIBADMIN,
		iscsiadm: iscsiadm(port),
		act,
		keep,
		status(phase, change = text => text) {
			const text = change(
				captured(phase, 'status').replaceAll('11130579161232254456', GUIDS.leg).replaceAll('3474237791686507986', GUIDS.own),
			);
			put('/status', text);
			put('/proc/spl/kstat/zfs/tank/state', captured(phase, 'state'));
			return text;
		},
		read: text,
		alias: guid => readlinkSync(`${root}/dev/twinpool/tank/${guid}`).slice(root.length),
		calls: () => text('/calls').trim().split('\n').filter(Boolean),
		close: () => void server.close(),
	};
}
