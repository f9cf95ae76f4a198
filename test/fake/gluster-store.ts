// What a node with one brick of a replicated volume has on its disk and in /proc, as the lab's nodes had it.
import {readFileSync} from 'node:fs';

const capture = (name: string): {stdout: string; stderr: string} =>
	JSON.parse(readFileSync(new URL(`../fixture/gluster-10.3/${name}.json`, import.meta.url), 'utf8'));
export const captured = (name: string): string => capture(name).stdout;
export const complained = (name: string): string => capture(name).stderr;

export const ID = '13152737-6016-4e76-a252-0a66520ffaff';
const UUID = {own: '969efd1a-1ccc-4263-b83a-24ae5df78d75', peer: '859800a0-5866-4f2b-831f-b3f087c24df2'};
const DONE = '<cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/></cliOutput>';
export const HEALER = 4_194_000;
const DAEMON = 4_194_001;

/** Without a command it reads one. `set` changes the volume's file, `start` asks for the brick's process, `heal` prints what was captured. */
export const GLUSTER = `if [ $# -eq 2 ]; then
	echo Welcome to gluster prompt
	read -r line && [ "$line" ] || exit 0
	echo "prompt $* $line" >>$ROOT/calls
	set -- "$@" $line
fi
shift 2
case "$*" in
"volume set"*) sed -i "/^$4=/d" $ROOT/var/lib/glusterd/vols/vm/info; echo "$4=$5" >>$ROOT/var/lib/glusterd/vols/vm/info; printf '${DONE}' ;;
"volume start"*) sed -i 's/^status=.*/status=1/' $ROOT/var/lib/glusterd/vols/vm/info; touch $ROOT/brick-wanted; printf '${DONE}' ;;
"volume heal vm") echo "Launching heal operation to perform index self heal on volume vm has been successful"; echo Use heal info commands to check status. ;;
"volume heal"*) cat $ROOT/heal ;;
"peer status"*) cat $ROOT/peers ;;
esac`;

/** A glusterd that was held shows it in /proc; one that goes on starts what it has of the volume. */
export const SYSTEMCTL = `case "$*" in
*=STOP*) sed -i 's/) S/) T/' $ROOT/proc/${DAEMON}/stat ;;
*=CONT*) sed -i 's/) T/) S/' $ROOT/proc/${DAEMON}/stat; touch $ROOT/brick-wanted ;;
esac`;

/** A mount, and the client that serves it. */
export const MOUNT = `echo "40 20 0:40 / $4 rw - fuse.glusterfs localhost:/vm rw" >>$ROOT/proc/self/mountinfo
mkdir $ROOT/proc/4194010; printf '/usr/sbin/glusterfs\\0--volfile-id=/vm\\0%s\\0' $4 >$ROOT/proc/4194010/cmdline`;

export const cmdlineOf = (volume: string): string =>
	`/usr/sbin/glusterfsd\0-s\0alpha\0--volfile-id\0${volume}.alpha.brick-data-${volume}\0`;

/** Addresses as /proc/net/tcp prints them. */
const hex = (host: string, port: number): string => {
	const bytes = host.split('.').map(part => Number(part).toString(16).padStart(2, '0'));
	return `${bytes.reverse().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
};
const row = (local: string, remote: string, inode: number): string =>
	`   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20 4 30 10 -1\n`;
/** glusterd's connection with the peer's; the self-heal daemon's with this host's own brick, whose address went with the link, and with the peer's: none at port 0. */
export const table = (peer: string, port: number): string =>
	[
		'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
		row(hex('127.0.0.1', 49_151), hex(peer, 24_007), 776),
		row(hex('198.51.100.1', 49_134), hex('198.51.100.1', 55_196), 778),
		...(port > 0 ? [row(hex('127.0.0.1', 49_135), hex(peer, port), 777)] : []),
	].join('');

/** Every file but the brick's own process. */
export const files = (peer: string): Record<string, string> => ({
	'/var/lib/glusterd/glusterd.info': `UUID=${UUID.own}\noperating-version=100000\n`,
	[`/var/lib/glusterd/peers/${UUID.peer}`]: `uuid=${UUID.peer}\nstate=3\nhostname1=${peer}\n`,
	'/var/lib/glusterd/vols/vm/info': `type=2\ncount=2\nstatus=1\nsub_count=2\nreplica_count=2\nversion=3\nvolume-id=${ID}\ncluster.quorum-type=fixed\ncluster.quorum-count=2\nbrick-0=alpha:-brick-data-vm\nbrick-1=${peer}:-brick-data-vm\n`,
	'/var/lib/glusterd/vols/vm/bricks/alpha:-brick-data-vm': `uuid=${UUID.own}\nhostname=alpha\npath=/brick/data/vm\nlisten-port=55196\nbrick-id=vm-client-0\n`,
	[`/var/lib/glusterd/vols/vm/bricks/${peer}:-brick-data-vm`]: `uuid=${UUID.peer}\nhostname=${peer}\npath=/brick/data/vm\nlisten-port=0\nbrick-id=vm-client-1\n`,
	'/brick/data/vm/.glusterfs/indices/xattrop/xattrop-6a84ed54': '',
	'/proc/self/mountinfo': '20 1 0:20 / / rw - ext4 /dev/vda rw\n30 20 0:30 / /brick/data rw - zfs brick/data rw\n',
	'/proc/spl/kstat/zfs/brick/state': 'ONLINE\n',
	'/proc/sys/kernel/hostname': 'alpha.example.com\n',
	'/proc/uptime': '5000.00 9000.00\n',
	[`/proc/${HEALER}/cmdline`]: '/usr/sbin/glusterfs\0-s\0localhost\0--volfile-id\0shd/vm\0--process-name\0glustershd\0',
	[`/proc/${HEALER}/stat`]: `${HEALER} (glusterfs) S ${Array.from({length: 18}, () => '0').join(' ')} 100 0`,
	'/run/gluster/shd/vm/vm-shd.pid': `${HEALER}\n`,
	[`/proc/${DAEMON}/stat`]: `${DAEMON} (glusterd) S ${Array.from({length: 18}, () => '0').join(' ')} 90 0`,
	[`/proc/${DAEMON}/cmdline`]: '/usr/sbin/glusterd\0-p\0/var/run/glusterd.pid\0',
	'/run/glusterd.pid': `${DAEMON}\n`,
	'/calls': '',
	'/heal': captured('heal-summary-healthy'),
	'/peers': captured('peer-status'),
});
