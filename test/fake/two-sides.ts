// Two hosts with a DRBD resource that both wrote to, as it was captured, seen from alice; bob answers through ssh.
import {chmodSync, readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import type {Test} from 'tap';
import {Datasets, TWINPOOL, twinpool} from './datasets.ts';

const FIXTURE = new URL('../fixture/', import.meta.url);
export type Version = 'drbd-8.4.11' | 'drbd-9.2.8';
export type Name = 'alice' | 'bob';
export const drbd = (version: Version, name: Name, phase: string, file: string): string =>
	readFileSync(new URL(`${version}/${name}/${phase}/${file}.txt`, FIXTURE), 'utf8');

/** The kernels meet once one of them waits with its data given up and the other one connects; the refusals are as captured. */
const DRBDADM = `E=$ROOT/events; case "$1" in dump|show-gi) ;; *) echo "$(basename $ROOT) $*" >>$ROOT/../order ;; esac
case "$1" in
dump) [ "$2" = vmstore ] || { echo "'$2' not defined in your config (for this host)." >&2; exit 1; }; cat $ROOT/dump ;;
show-gi) cat $ROOT/gi ;;
disconnect) sed -i 's/connection:[A-Za-z]*/connection:StandAlone/' $E ;;
secondary) [ -e $ROOT/held ] && { echo '0: State change failed: (-12) Device is held open by someone' >&2; exit 11; }; sed -i 's/role:Primary/role:Secondary/' $E ;;
connect) [ -e $ROOT/deaf-drbd ] && { echo 'Failure: (102) Local address(port) already in use.' >&2; exit 10; }
	sed -i 's/connection:StandAlone/connection:Connecting/' $E; [ "$2" != --discard-my-data ] || touch $ROOT/discards
	if [ -e $ROOT/../alice/discards ] || [ -e $ROOT/../bob/discards ]; then
		grep -q Connecting $ROOT/../alice/events && grep -q Connecting $ROOT/../bob/events && for h in alice bob; do cp $ROOT/../$h/met $ROOT/../$h/events; cp $ROOT/../$h/met-gi $ROOT/../$h/gi; done
	fi; true ;;
esac`;

/** Uberblocks of the label from this group on, written anew by this host alone, so many seconds later. */
function onItsOwn(label: Buffer, from: bigint, later: bigint): Buffer {
	const own = Buffer.from(label);
	for (let at = 128 * 1024; at + 1024 <= own.length; at += 1024) {
		if (own.readBigUInt64LE(at) === 0x00bab10cn && own.readBigUInt64LE(at + 16) >= from) {
			own.writeBigUInt64LE(later, at + 40);
			own.writeBigUInt64LE(own.readBigUInt64LE(at + 32) + later, at + 32);
		}
	}
	return own;
}

export interface TwoSides {
	alice: Datasets;
	bob: Datasets;
}

/** As it was after both had been Primary on their own: the pool is on volume 0, and bob wrote from group 97 on, a minute later. */
export function twoSides(
	t: Test,
	version: Version,
	disks: readonly [string, string] = ['/dev/zvol/rpool/vm0', '/dev/zvol/rpool/vm1'],
): TwoSides {
	const root = t.testdir();
	const label = gunzipSync(readFileSync(new URL('zpool/drbd0.label.gz', FIXTURE)));
	const host = (name: Name): Datasets => {
		const here = new Datasets(`${root}/${name}`, ['rpool/vm0', 'rpool/vm1']);
		const from = (phase: string, file: string): string => drbd(version, name, phase, file);
		here.put('/dump', from('10-split-brain', 'dump').replaceAll('/dev/vdc', disks[0]).replaceAll('/dev/vdb', disks[1]));
		here.put('/gi', from('10-split-brain', 'show-gi'));
		here.put('/events', from('10-split-brain', 'events2-now-statistics'));
		here.put('/proc/drbd', from('10-split-brain', 'proc-drbd'));
		here.put('/met', from('11-resolving', 'events2-now-statistics'));
		here.put('/met-gi', from('11-resolving', 'show-gi'));
		here.put('/proc/sys/kernel/hostname', `${name}\n`);
		here.put(disks[1], '');
		here.put(disks[0], name === 'alice' ? label : onItsOwn(label, 97n, 60n));
		here.tool('drbdadm', DRBDADM);
		here.tool('drbdsetup', 'cat $ROOT/events');
		here.tool('stonith_admin', 'cat $ROOT/fencings');
		here.tool('cibadmin', 'exit 102');
		here.put(
			'/fencings',
			(JSON.parse(readFileSync(new URL('pacemaker-2.1.5/stonith-history-xml-returned.json', FIXTURE), 'utf8')) as {stdout: string}).stdout,
		);
		return here;
	};
	const [alice, bob] = [host('alice'), host('bob')];
	alice.put(
		'/bin/ssh',
		`#!/bin/sh\necho "ssh $*" >>${root}/alice/calls\n[ -e ${root}/cut ] && { echo 'No route to host' >&2; exit 255; }\ncase "$*" in *"10.9.1.2 twinpool"*) [ -e ${root}/link-cut ] && { echo 'Connection timed out' >&2; exit 255; } ;; esac\nTWINPOOL_ROOT=${root}/bob PATH=${root}/bob/bin:$PATH exec ${process.execPath} ${TWINPOOL} side\n`,
	);
	chmodSync(`${root}/alice/bin/ssh`, 0o755);
	return {alice, bob};
}

export const split = (here: Datasets, ...args: string[]): ReturnType<typeof twinpool> => twinpool(here, 'split-brain', ...args);
/** What was asked of DRBD and for snapshots, but for looks. */
export const acts = (here: Datasets): string[] =>
	here.calls().filter(call => /^(drbdadm (?!dump|show-gi)|zfs snapshot|lvcreate)/u.test(call));
