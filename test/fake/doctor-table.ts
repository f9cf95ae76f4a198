// One fault a row: on which configured host, which check finds it, how it is planted, and what is seen of it.
import type {DoctorHost, Kind} from './doctor-host.ts';
import {fixture} from './doctor-host.ts';

export type Fault = readonly [kind: Kind, check: string, plant: (here: DoctorHost) => void, seen: RegExp];

const CIB = '/cib.xml';
const DUMP = '/dump.xml';
const EVENTS = '/events2';
const COROSYNC = '/etc/corosync/corosync.conf';

const cib =
	(from: string | RegExp, to: string): Fault[2] =>
	here =>
		here.change(CIB, from, to);
const dump =
	(from: string | RegExp, to: string): Fault[2] =>
	here =>
		here.change(DUMP, from, to);
const property = (name: string, value: string): Fault[2] =>
	cib('</cluster_property_set>', `<nvpair id="x-${name}" name="${name}" value="${value}"/></cluster_property_set>`);
/** An option of a resource's section that is there. */
const option = (section: string, name: string, value: string): Fault[2] =>
	dump(`<section name="${section}">`, `<section name="${section}"><option name="${name}" value="${value}"/>`);
/** A parameter of a resource. */
const parameter = (id: string, name: string, value: string): Fault[2] =>
	cib(
		`<instance_attributes id="${id}-parameters">`,
		`<instance_attributes id="${id}-parameters"><nvpair id="x" name="${name}" value="${value}"/>`,
	);
const meta = (id: string, name: string, value: string): Fault[2] =>
	cib(`<meta_attributes id="${id}-meta">`, `<meta_attributes id="${id}-meta"><nvpair id="x" name="${name}" value="${value}"/>`);
const constraint = (xml: string): Fault[2] => cib('</constraints>', `${xml}</constraints>`);
const handler = (event: string, line: string): Fault[2] => dump(new RegExp(`(?<=name="${event}" value=")[^"]*`, 'u'), line);
const script =
	(text: string): Fault[2] =>
	here => {
		handler('fence-peer', '/usr/local/sbin/hook fence')(here);
		here.program('/usr/local/sbin/hook', text);
	};
const holder =
	(device: string, name: string, uuid: string): Fault[2] =>
	here => {
		here.put(`/sys/class/block/${device}/holders/dm-3`, '');
		here.put('/sys/class/block/dm-3/dm/uuid', `${uuid}\n`);
		here.put('/sys/class/block/dm-3/dm/name', `${name}\n`);
		here.put('/dev/zd0', '');
		here.link('/dev/zvol/tank/vm1', '../../zd0');
	};
const both =
	(...plants: Fault[2][]): Fault[2] =>
	here => {
		for (const plant of plants) {
			plant(here);
		}
	};

/** Without ocf:twinpool:iscsi-leg. */
const unkept: Fault[2] = both(
	cib(/<primitive id="leg-tank".*?<\/primitive>/su, ''),
	cib(/<rsc_[^>]*leg-tank[^>]*\/>/gu, ''),
	cib(/<rsc_location id="leg-tank.*?<\/rsc_location>/su, ''),
);

const CLUSTER: readonly Fault[] = [
	[
		'drbd',
		'STONITH off',
		cib('name="stonith-enabled" value="true"', 'name="stonith-enabled" value="false"'),
		/^stonith-enabled is false$/u,
	],
	['drbd', 'STONITH of a test', cib('type="fence_libvirt"', 'type="fence_dummy"'), /^fence-alpha is stonith:fence_dummy$/u],
	['drbd', 'start-up fencing off', property('startup-fencing', 'false'), /^startup-fencing is false$/u],
	[
		'iscsi',
		'quorum ignored',
		cib('name="no-quorum-policy" value="stop"', 'name="no-quorum-policy" value="ignore"'),
		/^no-quorum-policy is ignore$/u,
	],
	['drbd', 'fence_virsh', cib('type="fence_libvirt"', 'type="fence_virsh"'), /^fence-alpha is fence_virsh$/u],
	[
		'gluster',
		'no fence device',
		cib('name="pcmk_host_list" value="bravo"', 'name="pcmk_host_list" value="charlie"'),
		/^no fence device is for bravo$/u,
	],
	['drbd', 'no fence device', apart('fence-alpha', 'target-role', 'Stopped'), /^no fence device is for alpha$/u],
	[
		'drbd',
		'fence device failed',
		cib('call-id="10" rc-code="0"', 'call-id="10" rc-code="1"'),
		/^fence device fence-bravo does not work: its start on alpha ended with 1$/u,
	],
	[
		'drbd',
		'fencing failed',
		here => here.change('/history.xml', 'status="success" delegate="bravo"', 'status="failed" delegate="bravo"'),
		/^the last fencing of alpha failed, 2026-11-22 17:10:02Z$/u,
	],
	[
		'drbd',
		'fence race',
		cib(/<nvpair [^>]*name="priority-fencing-delay"[^>]*>/u, ''),
		/^neither priority-fencing-delay nor a pcmk_delay is set$/u,
	],
	[
		'drbd',
		'delay without priority',
		cib(/<nvpair [^>]*name="priority" [^>]*>/u, ''),
		/^priority-fencing-delay is set, and no resource has a priority$/u,
	],
	[
		'drbd',
		'fencing not proved',
		here => here.change('/history.xml', /<fence_event [^>]*target="alpha"[^>]*>/u, ''),
		/^no fencing of alpha is on record since the cluster started$/u,
	],
	['drbd', 'forced import', parameter('tank', 'importforce', 'true'), /^tank has importforce=true$/u],
	[
		'drbd',
		'forced import',
		cib('provider="twinpool" type="zpool"', 'provider="heartbeat" type="ZFS"'),
		/^tank is ocf:heartbeat:ZFS without importforce, which is true then$/u,
	],
	['drbd', 'on hold', property('maintenance-mode', 'true'), /^maintenance-mode is true$/u],
	[
		'drbd',
		'on hold',
		cib(
			'<node id="2" uname="bravo"/>',
			'<node id="2" uname="bravo"><instance_attributes id="n2"><nvpair id="n2-s" name="standby" value="on"/></instance_attributes></node>',
		),
		/^bravo is in standby$/u,
	],
	['drbd', 'not managed', meta('tank', 'is-managed', 'false'), /^tank is not managed$/u],
	[
		'drbd',
		'moved by hand',
		constraint('<rsc_location id="cli-ban-tank-on-bravo" rsc="tank" node="bravo" score="-INFINITY"/>'),
		/^constraint cli-ban-tank-on-bravo is left/u,
	],
	[
		'drbd',
		'failed for good',
		cib(
			'<instance_attributes id="status-2"/>',
			'<instance_attributes id="status-2"><nvpair id="f" name="fail-count-tank#start_0" value="INFINITY"/></instance_attributes>',
		),
		/^the fail count of tank on bravo is INFINITY \(start\)$/u,
	],
	[
		'drbd',
		'fence constraint left',
		constraint(
			'<rsc_location rsc="drbd-vmstore-clone" id="drbd-fence-by-handler-vmstore-drbd-vmstore-clone"><rule role="Master" score="-INFINITY" id="r"><expression attribute="#uname" operation="ne" value="alpha" id="e"/></rule></rsc_location>',
		),
		/^drbd-fence-by-handler-vmstore-drbd-vmstore-clone stands, and both sides of vmstore are UpToDate$/u,
	],
	['drbd', 'pool for itself', cib(/<rsc_colocation id="tank-with[^>]*>/u, ''), /^nothing keeps tank with drbd-vmstore-clone$/u],
	['iscsi', 'pool for itself', cib(/<rsc_order id="leg-tank-before-tank"[^>]*>/u, ''), /^nothing starts tank after leg-tank$/u],
	[
		'drbd',
		'no notifications',
		cib('provider="twinpool" type="drbd"', 'provider="linbit" type="drbd"'),
		/^drbd-vmstore-clone runs ocf:linbit:drbd without notify=true$/u,
	],
	[
		'drbd',
		'failed stop ignored',
		cib('id="tank-stop-0s" name="stop"', 'id="tank-stop-0s" name="stop" on-fail="block"'),
		/^a stop of tank that fails has on-fail=block$/u,
	],
	['drbd', 'not watched', cib(/<op id="tank-monitor[^>]*>/u, ''), /^tank has no recurring monitor$/u],
	[
		'drbd',
		'not watched',
		cib(/<op id="drbd-vmstore-monitor-15s"[^>]*>/u, ''),
		/^drbd-vmstore has no recurring monitor of the Promoted role$/u,
	],
	[
		'drbd',
		'goes back by itself',
		constraint('<rsc_location id="home" rsc="tank" node="alpha" score="1000"/>'),
		/^home wants tank on alpha more \(1000\) than it sticks to where it is \(200\)$/u,
	],
	['drbd', 'degraded with 2.1.5', parameter('tank', 'degraded', 'true'), /^tank has degraded=true with Pacemaker 2\.1\.5$/u],
	[
		'drbd',
		'promote before fence-peer',
		cib(/(?<=name="promote" interval="0s" timeout=")\d+/u, '60'),
		/^promote of drbd-vmstore has 60 s, and its fence-peer handler waits 90 s/u,
	],
	['drbd', 'promote before fence-peer', handler('fence-peer', '/usr/lib/drbd/twinpool-fence-peer --timeout 300'), /handler waits 300 s/u],
	[
		'drbd',
		'fence-peer before STONITH',
		cib(/(?<=name="stonith-timeout" value=")\w+/u, '2min'),
		/^the fence-peer handler of drbd-vmstore waits 90 s, and stonith-timeout is 120 s$/u,
	],
	[
		'drbd',
		'default timeout',
		cib(/(?<=id="tank-stop-0s" name="stop" interval="0s") timeout="\w+"/u, ''),
		/^tank has no timeout for stop$/u,
	],
	[
		'iscsi',
		'monitor before stall',
		cib('name="stall" value="10"', 'name="stall" value="45"'),
		/^the monitor of (tank|leg-tank) has 30 s, and stall of leg-tank is 45 s$/u,
	],
	[
		'drbd',
		'start before MMP',
		both(
			here => here.change('/properties', 'multihost\toff', 'multihost\ton'),
			cib(/(?<=id="tank-start-0s" name="start" interval="0s" timeout=")\d+/u, '30'),
		),
		/^tank has multihost=on, and start of tank has 30 s$/u,
	],
	[
		'drbd',
		'guests cut short',
		cib('name="stop_timeout" value="90"', 'name="stop_timeout" value="300"'),
		/^stop of guests has 180 s, and stop_timeout is 300 s$/u,
	],
	[
		'drbd',
		'wait_for_all off',
		here => here.change(COROSYNC, 'two_node: 1', 'two_node: 1\n\twait_for_all: 0'),
		/^two_node is 1 and wait_for_all is 0/u,
	],
	['drbd', 'no two_node', here => here.change(COROSYNC, 'two_node: 1', ''), /^corosync\.conf has two nodes without two_node$/u],
	[
		'drbd',
		'not in the cluster',
		dump(
			'</config>',
			`${fixture('drbd-utils-9.22/dump-configured-9.xml')
				.replace(/^.*<config[^>]*>|<\/config>\s*$/gsu, '')
				.replaceAll('vmstore', 'other')}</config>`,
		),
		/^no resource of the cluster runs the DRBD resource other$/u,
	],
];

/** Of a resource without meta attributes of its own. */
function apart(id: string, name: string, value: string): Fault[2] {
	return cib(
		`<instance_attributes id="${id}-parameters">`,
		`<meta_attributes id="${id}-meta"><nvpair id="x" name="${name}" value="${value}"/></meta_attributes><instance_attributes id="${id}-parameters">`,
	);
}

const DRBD: readonly Fault[] = [
	[
		'drbd',
		'no fencing policy',
		dump('value="resource-and-stonith"', 'value="dont-care"'),
		/^vmstore has no fencing policy \(dont-care\)$/u,
	],
	['drbd-8', 'no fencing policy', dump('<option name="fencing" value="resource-and-stonith"/>', ''), /^vmstore has no fencing policy/u],
	['drbd', 'resource-only', dump('resource-and-stonith', 'resource-only'), /^vmstore has fencing resource-only$/u],
	['drbd', 'not synchronous', dump('name="protocol" value="C"', 'name="protocol" value="A"'), /^vmstore has protocol A$/u],
	['drbd', 'dual primary', option('net', 'allow-two-primaries', 'yes'), /^vmstore has allow-two-primaries$/u],
	['drbd', 'auto-promote', dump('<option name="auto-promote" value="no"/>', ''), /^vmstore has auto-promote/u],
	['drbd', 'split-brain by policy', option('net', 'after-sb-1pri', 'discard-secondary'), /^vmstore has after-sb-1pri discard-secondary$/u],
	[
		'drbd-8',
		'promoted at boot',
		dump(
			'<section name="handlers">',
			'<section name="startup"><option name="become-primary-on" value="both"/></section><section name="handlers">',
		),
		/^vmstore has become-primary-on both$/u,
	],
	[
		'drbd',
		'refused configuration',
		here => {
			const [said = ''] = fixture('drbd-utils-9.22/dump-refused.txt').split('exit');
			here.put(DUMP, '');
			here.put(`${DUMP}.err`, said);
			here.put(`${DUMP}.exit`, '10\n');
		},
		/^drbdadm refuses the configuration: .*IP 10\.77\.2\.1 not found on this host\.$/u,
	],
	[
		'drbd',
		'not for this host',
		dump(/<host name="alpha">/gu, '<host name="primary">'),
		/^vmstore has no "on alpha" section, only on primary and on bravo$/u,
	],
	['drbd', 'disk by number', dump('/dev/disk/by-id/OWN-DISK', '/dev/sdb'), /^vmstore is on \/dev\/sdb$/u],
	['drbd', 'never gives up a peer', option('net', 'ko-count', '0'), /^vmstore has ko-count 0$/u],
	['drbd-8', 'disk errors passed on', option('disk', 'on-io-error', 'pass_on'), /^vmstore has on-io-error pass_on$/u],
	[
		'drbd',
		'brought up at boot',
		here => {
			here.remove('/etc/systemd/system/drbd.service');
			here.link('/etc/systemd/system/multi-user.target.wants/drbd.service', '/lib/systemd/system/drbd.service');
		},
		/^drbd\.service is enabled$/u,
	],
	[
		'drbd',
		'handler promotes',
		script('#!/bin/sh\ncase $1 in\nfence) exit 7 ;;\nunfence) drbdadm primary vmstore ;;\nesac\n'),
		/^\/usr\/local\/sbin\/hook, which vmstore calls for fence-peer, runs "drbdadm primary"$/u,
	],
	[
		'drbd',
		'handler kills by list',
		script("#!/bin/sh\nvirsh list | awk '/running/{print $2}' | xargs -L1 virsh destroy\nexit 7\n"),
		/^\/usr\/local\/sbin\/hook, which vmstore calls for fence-peer, destroys what "virsh list" calls running$/u,
	],
	[
		'drbd',
		'no handlers at all',
		here => here.put('/sys/module/drbd/parameters/usermode_helper', 'disabled\n'),
		/^DRBD's usermode_helper is "disabled"$/u,
	],
	[
		'drbd',
		'no fence-peer',
		dump(/<option name="fence-peer"[^>]*>/u, ''),
		/^vmstore has fencing resource-and-stonith and no fence-peer handler$/u,
	],
	[
		'drbd',
		'no such handler',
		here => here.remove('/usr/lib/drbd/twinpool-split-brain'),
		/^\/usr\/lib\/drbd\/twinpool-split-brain, which vmstore calls for split-brain, is not there$/u,
	],
	['drbd', 'no such handler', here => here.mode('/usr/lib/drbd/twinpool-fence-peer', 0o644), /twinpool-fence-peer, .* is not executable$/u],
	[
		'drbd',
		'handler of another version',
		both(handler('fence-peer', '/usr/lib/drbd/crm-fence-peer.sh'), here => here.program('/usr/lib/drbd/crm-fence-peer.sh')),
		/^the fence-peer handler of vmstore is crm-fence-peer\.sh, with DRBD 9\.2\.8$/u,
	],
	[
		'drbd-8',
		'handler of another version',
		both(handler('fence-peer', '/usr/lib/drbd/crm-fence-peer.9.sh'), here => here.program('/usr/lib/drbd/crm-fence-peer.9.sh')),
		/is crm-fence-peer\.9\.sh, with DRBD 8\.4\.11$/u,
	],
	[
		'drbd',
		'handler without an answer',
		script('#!/bin/sh\nlogger fenced\n'),
		/^\/usr\/local\/sbin\/hook, the fence-peer handler of vmstore, never exits with 3 to 7$/u,
	],
	[
		'drbd',
		'nobody lifts the constraint',
		dump(/<option name="unfence-peer"[^>]*>/u, ''),
		/^vmstore has a fence-peer handler, and no unfence-peer handler/u,
	],
	['drbd-8', 'nobody lifts the constraint', dump(/<option name="unfence-peer"[^>]*>/u, ''), /and no unfence-peer handler/u],
	[
		'drbd',
		'handler too old for Pacemaker',
		both(
			handler('fence-peer', '/usr/lib/drbd/crm-fence-peer.9.sh'),
			here => here.program('/usr/lib/drbd/crm-fence-peer.9.sh'),
			cib('2.1.5-', '2.1.7-'),
		),
		/^crm-fence-peer of drbd-utils 9\.22\.0 with Pacemaker 2\.1\.7$/u,
	],
	[
		'drbd',
		'no second copy',
		here => here.put(EVENTS, fixture('drbd-9.2.8/alice/08-standalone/events2-now.txt')),
		/^vmstore is not connected \(StandAlone\), and UpToDate here$/u,
	],
	[
		'drbd',
		'no second copy',
		here => here.put(EVENTS, fixture('drbd-9.2.8/alice/06-resync/events2-now.txt')),
		/^vmstore is \w+ here and \w+ on the peer$/u,
	],
	['drbd', 'I/O frozen', here => here.change(EVENTS, 'suspended:no', 'suspended:fencing'), /^I\/O of vmstore is suspended \(fencing\)$/u],
];

const STORAGE: readonly Fault[] = [
	['drbd', 'pool not well', here => here.put('/proc/spl/kstat/zfs/tank/state', 'DEGRADED\n'), /^pool tank is DEGRADED$/u],
	['drbd', 'no host id', here => here.remove('/etc/hostid'), /^this host has no host id \(it is 0\)$/u],
	['drbd', 'in the cache file', here => here.cache('rpool', 'tank'), /^\/etc\/zfs\/zpool\.cache names tank$/u],
	[
		'iscsi',
		'imported at boot',
		here => {
			here.remove('/etc/systemd/system/zfs-import-scan.service');
			here.link('/etc/systemd/system/zfs-import.target.wants/zfs-import-scan.service', '/lib/systemd/system/zfs-import-scan.service');
		},
		/^zfs-import-scan\.service is enabled, and there is no cache file/u,
	],
	[
		'drbd',
		'errors to guests',
		here => here.change('/properties', 'failmode\twait', 'failmode\tcontinue'),
		/^failmode of tank is continue$/u,
	],
	[
		'drbd',
		'pool on a zvol',
		dump('/dev/disk/by-id/OWN-DISK', '/dev/zvol/local/vmstore'),
		/^pool tank on \/dev\/drbd0 lies on the zvol \/dev\/zvol\/local\/vmstore: a pool on a pool$/u,
	],
	['drbd', 'held by another layer', holder('zd0', 'mpatha', 'mpath-36001405'), /^multipath mpatha holds \/dev\/zvol\/tank\/vm1$/u],
	['drbd', 'held by another layer', holder('drbd0', 'vg-root', 'LVM-abcdef'), /^LVM vg-root holds \/dev\/drbd0$/u],
	[
		'drbd',
		'exported beside the cluster',
		here => here.put('/sys/kernel/config/target/core/iblock_0/vm/udev_path', '/dev/zvol/tank/vm1\n'),
		/^LIO has \/dev\/zvol\/tank\/vm1 \(iblock_0\/vm\)/u,
	],
	[
		'drbd',
		'exported beside the cluster',
		here =>
			here.put(
				'/etc/rtslib-fb-target/saveconfig.json',
				JSON.stringify({storage_objects: [{name: 'vm', dev: '/dev/zvol/tank/vm1', plugin: 'block'}], targets: []}),
			),
		/^LIO exports at boot \/dev\/zvol\/tank\/vm1 \(vm in \/etc/u,
	],
	[
		'drbd',
		'two versions of ZFS',
		here => here.change('/zfs-version', 'zfs-kmod-2.1', 'zfs-kmod-2.2'),
		/^the zpool command is of 2\.1, and the module of 2\.2$/u,
	],
	[
		'iscsi',
		'mirror without a lease',
		both(unkept, here => here.put('/sys/class/iscsi_session/session7/recovery_tmo', '5\n')),
		/^pool tank has a half at iqn\.2026-11\.com\.example:bravo\.tank, and no ocf:twinpool:iscsi-leg$/u,
	],
	[
		'iscsi',
		'writes wait for a lost leg',
		both(
			unkept,
			here => here.put('/sys/class/iscsi_session/session7/recovery_tmo', '120\n'),
			here => here.change('/status', /.*OWN-DISK.*\n/u, ''),
		),
		/has replacement_timeout 120$/u,
	],
	[
		'iscsi',
		'logged in at boot',
		here => here.change('/etc/iscsi/nodes/iqn.2026-11.com.example:bravo.tank/10.77.2.2,3260,1/default', 'manual', 'automatic'),
		/has node\.startup = automatic$/u,
	],
	[
		'iscsi',
		'open target',
		here => {
			const attributes = '/sys/kernel/config/target/iscsi/iqn.2026-11.com.example:alpha.tank/tpgt_1/attrib';
			here.put(`${attributes}/generate_node_acls`, '1\n');
			here.put(`${attributes}/demo_mode_write_protect`, '0\n');
			here.put(`${attributes}/authentication`, '0\n');
		},
		/^target iqn\.2026-11\.com\.example:alpha\.tank lets in whoever reaches it/u,
	],
	[
		'iscsi',
		'leg given up early',
		here => here.put('/sys/class/iscsi_session/session7/recovery_tmo', '120\n'),
		/has replacement_timeout 120, not off$/u,
	],
	[
		'iscsi',
		'dead link not noticed',
		here => here.put('/sys/class/iscsi_session/session7/device/connection7:0/iscsi_connection/connection7:0/recv_tmo', '0\n'),
		/sends no pings \(noop_out_interval 0, noop_out_timeout 2\)$/u,
	],
	[
		'drbd',
		'started by libvirt',
		here =>
			here.put('/etc/libvirt/qemu/autostart/web.xml', "<domain><devices><disk><source file='/tank/web.qcow2'/></disk></devices></domain>"),
		/^libvirt starts the guest web at boot, and its disk \/tank\/web\.qcow2 is on the storage that moves$/u,
	],
	[
		'drbd',
		'code on the storage',
		here => here.change('/proc/self/mountinfo', /$/u, '41 20 0:41 / /var/lib/pacemaker rw - zfs tank/pacemaker rw\n'),
		/^\/var\/lib\/pacemaker is on tank\/pacemaker \(\/var\/lib\/pacemaker\), which moves$/u,
	],
	[
		'gluster',
		'started by libvirt',
		here =>
			here.put(
				'/etc/libvirt/qemu/autostart/web.xml',
				"<domain><devices><disk><source protocol='gluster' name='vm/web.qcow2'/></disk></devices></domain>",
			),
		/^libvirt starts the guest web at boot, and its disk gluster:vm\/web\.qcow2/u,
	],
	[
		'drbd',
		'exported beside the cluster',
		here => {
			here.put('/dev/zd0', '');
			here.link('/dev/zvol/tank/vm1', '../../zd0');
			here.put('/sys/kernel/config/target/core/iblock_0/vm/udev_path', '/dev/zd0\n');
		},
		/^LIO has \/dev\/zvol\/tank\/vm1/u,
	],
	[
		'gluster',
		'attributes in directories',
		here => here.put('/attributes', 'brick/data\txattr\ton\n'),
		/^brick\/data, which has a brick, has xattr=on$/u,
	],
	[
		'gluster',
		'mounted from one host',
		here => here.change('/proc/self/mountinfo', 'localhost:/vm', 'bravo:/vm'),
		/^\/vm is mounted from bravo$/u,
	],
	[
		'gluster',
		'Gluster',
		here => here.change('/proc/self/mountinfo', '/brick/data rw - zfs brick/data', '/brick/data/vm rw - zfs brick/data'),
		/^brick alpha:\/brick\/data\/vm is the mount point itself/u,
	],
];

export const FAULTS: readonly Fault[] = [...CLUSTER, ...DRBD, ...STORAGE];

/** What looks like a fault and is none: a false alarm is a defect. */
export const HARMLESS: readonly (readonly [kind: Kind, what: string, plant: (here: DoctorHost) => void])[] = [
	[
		'drbd',
		'a delay of a fence device instead of one by priority',
		both(cib(/<nvpair [^>]*name="priority-fencing-delay"[^>]*>/u, ''), parameter('fence-alpha', 'pcmk_delay_base', '10s')),
	],
	[
		'drbd',
		'a third vote instead of a delay, and of two_node',
		both(cib(/<nvpair [^>]*name="priority-fencing-delay"[^>]*>/u, ''), here =>
			here.change(COROSYNC, 'two_node: 1', 'device {\n\t\tmodel: net\n\t\tnet {\n\t\t\thost: qdevice\n\t\t}\n\t}'),
		),
	],
	['drbd', 'a device that finds out by itself what it fences', cib(/<nvpair [^>]*name="pcmk_host_list" value="alpha"[^>]*>/u, '')],
	['drbd', 'a map of hosts', cib('name="pcmk_host_list" value="alpha"', 'name="pcmk_host_map" value="alpha:1;bravo:2"')],
	[
		'drbd',
		'a watchdog instead of a device',
		both(property('stonith-watchdog-timeout', '10'), cib('name="pcmk_host_list" value="bravo"', 'name="pcmk_host_list" value="charlie"')),
	],
	['drbd', 'a remote node', cib('<node id="2" uname="bravo"/>', '<node id="2" uname="bravo"/><node id="r" uname="far" type="remote"/>')],
	[
		'drbd',
		'a monitor of a fence device that has just begun',
		cib('call-id="10" rc-code="0" op-status="0"', 'call-id="10" rc-code="193" op-status="-1"'),
	],
	[
		'drbd',
		'a fencing that failed, and worked the second time',
		here =>
			here.change(
				'/history.xml',
				'<fence_event action="reboot" target="alpha"',
				'<fence_event action="reboot" target="alpha" client="x" origin="bravo" status="failed" completed="2026-11-22 17:09:00Z"/><fence_event action="reboot" target="alpha"',
			),
	],
	['drbd', 'a time as ISO writes it', cib(/(?<=id="tank-stop-0s" name="stop" interval="0s" timeout=")\w+/u, 'PT2M')],
	[
		'drbd',
		'a timeout for all operations',
		both(
			cib(/(?<=id="tank-stop-0s" name="stop" interval="0s") timeout="\w+"/u, ''),
			cib(
				'<rsc_defaults>',
				'<op_defaults><meta_attributes id="o"><nvpair id="o-t" name="timeout" value="120s"/></meta_attributes></op_defaults><rsc_defaults>',
			),
		),
	],
	[
		'drbd',
		'a set instead of two resources in a constraint',
		cib(
			/<rsc_order id="drbd-vmstore-clone-before-tank"[^>]*>/u,
			'<rsc_order id="s" kind="Mandatory"><resource_set id="s1" action="promote"><resource_ref id="drbd-vmstore-clone"/></resource_set><resource_set id="s2" action="start"><resource_ref id="tank"/></resource_set></rsc_order>',
		),
	],
	['drbd', 'a node that is liked less than where things are', constraint('<rsc_location id="home" rsc="tank" node="alpha" score="50"/>')],
	[
		'drbd',
		'a constraint of a resync that goes on',
		both(
			constraint(
				'<rsc_location rsc="other-clone" id="drbd-fence-by-handler-other-other-clone"><rule role="Master" score="-INFINITY" id="r"/></rsc_location>',
			),
		),
	],
	['drbd', 'no writes that could be thrown away', option('net', 'after-sb-0pri', 'discard-zero-changes')],
	[
		'drbd',
		'quorum of three instead of fencing',
		both(
			dump('<option name="fencing" value="resource-and-stonith"/>', ''),
			option('options', 'quorum', 'majority'),
			dump(
				'<connection>',
				'<host name="third"><volume vnr="0"><device minor="0">/dev/drbd0</device><disk>none</disk></volume></host><connection>',
			),
		),
	],
	['drbd', 'a handler that works its answer out', script('#!/bin/sh\nask_the_operator\nexit $?\n')],
	['drbd', 'a handler that looks at all guests', script('#!/bin/sh\nvirsh list --all --name | xargs -rn1 virsh destroy\nexit 4\n')],
	[
		'drbd',
		'a handler that is a line for the shell',
		both(handler('split-brain', '/usr/lib/drbd/notify.sh root; logger torn'), here => here.program('/usr/lib/drbd/notify.sh')),
	],
	[
		'drbd',
		'the same without a blank',
		both(handler('split-brain', '/usr/lib/drbd/notify.sh; reboot -f'), here => here.program('/usr/lib/drbd/notify.sh')),
	],
	[
		'drbd',
		'drbd-reactor instead of a policy, which promotes by itself',
		both(dump('<option name="fencing" value="resource-and-stonith"/>', ''), dump('<option name="auto-promote" value="no"/>', ''), here =>
			here.put('/etc/systemd/system/multi-user.target.wants/drbd-reactor.service', ''),
		),
	],
	[
		'iscsi',
		'a group instead of constraints',
		both(
			cib(/(<primitive id="leg-tank".*?<\/primitive>\s*<primitive id="tank".*?<\/primitive>)/su, '<group id="g">$1</group>'),
			cib(/<rsc_colocation id="tank-with-leg-tank"[^>]*>/u, ''),
			cib(/<rsc_order id="leg-tank-before-tank"[^>]*>/u, ''),
		),
	],
	['drbd', 'pools of this host alone in the cache file', here => here.cache('rpool')],
	[
		'drbd',
		'an import unit that finds a cache file, and so does nothing',
		here => {
			here.cache('rpool');
			here.remove('/etc/systemd/system/zfs-import-scan.service');
			here.link('/etc/systemd/system/zfs-import.target.wants/zfs-import-scan.service', '/lib/systemd/system/zfs-import-scan.service');
		},
	],
	['drbd', 'LVM on a disk of this host', here => here.put('/sys/class/block/vda/holders/dm-0', '')],
	[
		'drbd',
		'DRBD on its own lower disk',
		here => {
			here.put('/dev/vdc', '');
			here.link('/dev/disk/by-id/OWN-DISK', '../../vdc');
			here.put('/sys/class/block/vdc/holders/drbd0', '');
		},
	],
	[
		'drbd',
		'a zvol that the cluster exports',
		both(
			cib(
				'</resources>',
				'<primitive id="lu" class="ocf" provider="heartbeat" type="iSCSILogicalUnit"><instance_attributes id="lu-p"><nvpair id="lu-path" name="path" value="/dev/zvol/tank/vm1"/></instance_attributes></primitive></resources>',
			),
			here => here.put('/sys/kernel/config/target/core/iblock_0/vm/udev_path', '/dev/zvol/tank/vm1\n'),
		),
	],
	['iscsi', 'a target with an ACL', here => here.put('/sys/kernel/config/target/iscsi/iqn.x/tpgt_1/attrib/generate_node_acls', '0\n')],
	[
		'drbd',
		'a guest that lives elsewhere',
		here =>
			here.put(
				'/etc/libvirt/qemu/autostart/dns.xml',
				"<domain><devices><disk><source file='/var/lib/libvirt/images/dns.qcow2'/></disk></devices></domain>",
			),
	],
	[
		'gluster',
		'a mount with a second server',
		here => {
			here.change('/proc/self/mountinfo', 'localhost:/vm', 'bravo:/vm');
			here.put('/proc/4194020/cmdline', '/usr/sbin/glusterfs\0--volfile-server=bravo\0--volfile-server=alpha\0--volfile-id=/vm\0/vm\0');
		},
	],
	[
		'gluster',
		'a version of ZFS that puts attributes into the inode by itself',
		here => {
			here.put('/attributes', 'brick/data\txattr\ton\n');
			here.put('/sys/module/zfs/version', '2.3.1-1\n');
		},
	],
	['gluster', 'a mount by an address of this host', here => here.change('/proc/self/mountinfo', 'localhost:/vm', '127.0.0.1:/vm')],
];
