// The article's own snippets, as somebody would set them up who reads no further: every fault in them is found.
import t, {type Test} from 'tap';
import {examine} from '../../lib/doctor/examine.ts';
import {DoctorHost, fixture, printed} from '../fake/doctor-host.ts';

/** What a host has that nobody prepared for a failover: ZFS with its defaults, and no cluster. */
function host(root: string, tools: readonly string[]): DoctorHost {
	const here = DoctorHost.bare(root, 'kvm1', [...tools, 'zfs', 'zpool']);
	here.put('/sys/module/zfs/version', printed('zfs-2.1.11/module-version.json'));
	here.put('/zfs-version', printed('zfs-2.1.11/version.json'));
	here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n');
	return here;
}

function pool(here: DoctorHost, name: string, devices: readonly string[]): void {
	const rows = devices.map(device => `\t  ${device}  ONLINE       0     0     0\n`).join('');
	here.put(
		'/status',
		printed('zfs-2.1.11/drbd-primary-status.json')
			.replaceAll('tank', name)
			.replace(/\t {2}\/dev\/drbd0.*\n/u, rows),
	);
	here.put('/properties', `${name}\tmultihost\toff\n${name}\tfailmode\twait\n`);
	here.put(`/proc/spl/kstat/zfs/${name}/state`, 'ONLINE\n');
	// zpool create without cachefile=none.
	here.cache(name);
}

/** `awk '/running/{print $2}' | xargs -L1 virsh destroy`, and what is to be the opposite of it. */
const HOOK = `#!/bin/sh
# DRBD fencing hook script example
case $1 in
fence)
virsh list | awk '/running/{print $2}' | xargs -L1 virsh destroy
;;
unfence)
drbdadm primary r0
;;
esac
`;

function replicated(root: string, dump: string, name: string): DoctorHost {
	const here = host(root, ['drbdadm', 'drbdsetup']);
	here.put(`/etc/drbd.d/${name}.res`, 'as in the article\n');
	here.put('/dump.xml', fixture(`drbd-utils-9.22/${dump}.xml`));
	here.put('/utils', fixture('drbd-utils-9.22/version.txt'));
	here.put('/proc/drbd', fixture('drbd-9.2.8/alice/04-primary-uptodate/proc-drbd.txt'));
	here.put('/events2', fixture('drbd-9.2.8/alice/04-primary-uptodate/events2-now.txt').replaceAll('vmstore', name));
	return here;
}

const names = async (t: Test, here: DoctorHost): Promise<string[]> => {
	const facts = await here.facts();
	t.same(facts.missed, [], 'all of it was looked at');
	return examine([facts]).map(({check}) => check);
};

t.test('DRBD, by the first article: "on primary", /dev/sdb, a hook, and no fencing', async t => {
	const here = replicated(t.testdir({}), 'dump-careless-r0', 'r0');
	here.program('/usr/local/sbin/fence-hook.sh', HOOK);
	pool(here, 'tank', ['/dev/drbd0']);
	t.same(await names(t, here), [
		'no fencing policy',
		'auto-promote',
		'handler promotes',
		'handler kills by list',
		'no host id',
		'in the cache file',
		'not for this host',
		'disk by number',
		'no cluster',
	]);
});

t.test('the same hook, where the kernel is told to ask it', async t => {
	const here = replicated(t.testdir({}), 'dump-careless-r0', 'r0');
	here.program('/usr/local/sbin/fence-hook.sh', HOOK);
	here.change(
		'/dump.xml',
		'<option name="protocol" value="C"/>',
		'<option name="protocol" value="C"/><option name="fencing" value="resource-and-stonith"/>',
	);
	const found = await names(t, here);
	t.ok(found.includes('handler without an answer'), found.join(', '));
});

t.test('DRBD, by the second article: a zvol below, a pool above', async t => {
	const here = replicated(t.testdir({}), 'dump-careless-vmstore', 'vmstore');
	pool(here, 'vmstorage', ['/dev/drbd0']);
	t.same(await names(t, here), [
		'no fencing policy',
		'auto-promote',
		'no host id',
		'in the cache file',
		'not for this host',
		'pool on a zvol',
		'no cluster',
	]);
});

t.test('a mirror over iSCSI: no lease, two minutes for a lost leg, and a target for anybody', async t => {
	const here = host(t.testdir({}), []);
	here.leg('iqn.2023-06.example:storage.vmstore', '120');
	pool(here, 'vmstorage', ['/dev/sda', '/dev/sdb']);
	t.same(await names(t, here), ['no host id', 'in the cache file', 'mirror without a lease', 'writes wait for a lost leg', 'no cluster']);
});

t.test('the other end of it: a zvol that anybody may write to', async t => {
	const here = host(t.testdir({}), []);
	pool(here, 'tank', ['/dev/sdb']);
	here.put('/sys/kernel/config/target/core/iblock_0/vmstore/udev_path', '/dev/zvol/tank/vmstore\n');
	const attributes = '/sys/kernel/config/target/iscsi/iqn.2023-06.example:storage.vmstore/tpgt_1/attrib';
	here.put(`${attributes}/generate_node_acls`, '1\n');
	here.put(`${attributes}/demo_mode_write_protect`, '0\n');
	here.put(`${attributes}/authentication`, '0\n');
	t.same(await names(t, here), ['open target', 'no cluster']);
});

/** `gluster volume create NAME replica 2 ...; gluster volume start NAME`, as glusterd keeps it. */
function volume(here: DoctorHost, name: string, brick: string): void {
	const own = '969efd1a-1ccc-4263-b83a-24ae5df78d75';
	const peer = '859800a0-5866-4f2b-831f-b3f087c24df2';
	const file = brick.replaceAll('/', '-');
	here.put('/var/lib/glusterd/glusterd.info', `UUID=${own}\noperating-version=100000\n`);
	here.put(`/var/lib/glusterd/peers/${peer}`, `uuid=${peer}\nstate=3\nhostname1=kvm2\n`);
	here.put(
		`/var/lib/glusterd/vols/${name}/info`,
		`type=2\ncount=2\nstatus=1\nsub_count=2\nreplica_count=2\nvolume-id=13152737-6016-4e76-a252-0a66520ffaff\nbrick-0=kvm1:${file}\nbrick-1=kvm2:${file}\n`,
	);
	here.put(`/var/lib/glusterd/vols/${name}/bricks/kvm1:${file}`, `uuid=${own}\nhostname=kvm1\npath=${brick}\n`);
	here.put(`/var/lib/glusterd/vols/${name}/bricks/kvm2:${file}`, `uuid=${peer}\nhostname=kvm2\npath=${brick}\n`);
	here.put('/etc/systemd/system/multi-user.target.wants/glusterd.service', '');
}

const seen = async (here: DoctorHost): Promise<string[]> => examine([await here.facts()]).map(one => one.seen);

t.test('Gluster, by the first article: the dataset itself as the brick, two copies and no vote', async t => {
	const here = host(t.testdir({}), []);
	pool(here, 'tank', ['/dev/sda', '/dev/sdb']);
	here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n30 20 0:30 / /tank/vmstore rw - zfs tank/vmstore rw\n');
	volume(here, 'gv0', '/tank/vmstore');
	here.put('/attributes', 'tank/vmstore\txattr\ton\n');
	t.match(await seen(here), [
		/^volume gv0 has two copies, no third vote/u,
		/^glusterd is enabled at boot$/u,
		/^there is no cluster on this host/u,
		/^brick kvm1:\/tank\/vmstore is the mount point itself/u,
		/^tank\/vmstore, which has a brick, has xattr=on$/u,
	]);
});

t.test('Gluster, by the second article: a brick beside the pool, mounted from one host', async t => {
	const here = host(t.testdir({}), []);
	pool(here, 'tank', ['/dev/sdb']);
	volume(here, 'vmstore', '/gluster/vmstore');
	here.put('/proc/self/mountinfo', '20 1 0:20 / / rw - ext4 /dev/vda rw\n40 20 0:40 / /vms rw - fuse.glusterfs kvm2:/vmstore rw\n');
	t.match(await seen(here), [
		/^volume vmstore has two copies, no third vote/u,
		/^glusterd is enabled at boot$/u,
		/^there is no cluster on this host/u,
		/^\/vms is mounted from kvm2$/u,
		/^brick \/gluster\/vmstore is on no ZFS dataset$/u,
	]);
});
