// A cluster of two simulated hosts for a drill: the tools as scripts, the pool one folder that either of them has mounted.
import {chmodSync, mkdirSync, statSync, symlinkSync} from 'node:fs';
import type {Test} from 'tap';
import {capturedCib} from './captured.ts';
import {TWINPOOL} from './datasets.ts';
import {Tree} from './tree.ts';
import {drbd} from './two-sides.ts';

/** The captured cluster, with the pool on this node. */
export const cibOf = (holder: 'alpha' | 'bravo'): string => {
	const [configuration = '', status = ''] = capturedCib('both').split('<status>');
	const swapped = status.replace(/uname="(alpha|bravo)"/gu, (_, name) => `uname="${name === 'alpha' ? 'bravo' : 'alpha'}"`);
	return `${configuration}<status>${holder === 'alpha' ? status : swapped}`;
};

/** $2 is where it goes. The pool is away for a second; the record is lost where a test says so. */
const GOES = `goes() { ( for h in alpha bravo; do : >$S/$h/proc/self/mountinfo; done; sleep 1; [ -e $S/loses ] && sed -i '$d' $S/shared/.twinpool-drill-*
	cp $S/cib-$1.xml $S/cib.xml; cp $S/mounted $S/$1/proc/self/mountinfo ) >/dev/null 2>&1 & }`;

export function cluster(t: Test, holder: 'alpha' | 'bravo' = 'alpha'): {alpha: Tree; shared: string; world: Tree} {
	const root = t.testdir();
	const world = new Tree(root);
	mkdirSync(`${root}/shared`);
	const device = BigInt(statSync(`${root}/shared`).dev);
	world.put('/mounted', `36 35 ${(device >> 8n) & 0xfffn}:${(device & 0xffn) | ((device >> 12n) & ~0xffn)} / /tank rw - zfs tank rw\n`);
	for (const name of ['alpha', 'bravo'] as const) {
		const here = new Tree(`${root}/${name}`);
		here.put('/proc/self/mountinfo', name === holder ? world.read('/mounted') : '');
		symlinkSync(`${root}/shared`, `${root}/${name}/tank`);
		world.put(`/cib-${name}.xml`, cibOf(name));
	}
	world.put('/cib.xml', cibOf(holder));
	const alpha = new Tree(`${root}/alpha`);
	alpha.put('/proc/drbd', 'version: 8.4.11 (api:1/proto:86-101)\n');
	alpha.put('/var/lib/twinpool/pool-tank.json', '{"devices":["/dev/drbd0"]}');
	alpha.put('/proc/spl/kstat/zfs/tank/state', 'ONLINE\n');
	alpha.put('/events', drbd('drbd-8.4.11', 'alice', '04-primary-uptodate', 'events2-now-statistics'));
	alpha.tool('crm_node', 'echo alpha');
	alpha.tool('drbdsetup', 'cat $ROOT/events');
	alpha.put('/dump', drbd('drbd-8.4.11', 'alice', '10-split-brain', 'dump'));
	alpha.tool('drbdadm', 'cat $ROOT/dump');
	alpha.tool(
		'cibadmin',
		`S=${root}; if [ -e $S/constraint ]; then sed 's#</constraints>#<rsc_location id="cli-prefer-tank" rsc="tank" node="bravo" score="INFINITY"/></constraints>#' $S/cib.xml; else cat $S/cib.xml; fi`,
	);
	alpha.tool(
		'crm_resource',
		`S=${root}\n${GOES}\ncase "$1" in --move) touch $S/constraint; goes $5 ;; --clear) rm -f $S/constraint ;; --wait) sleep 0.1 ;; esac`,
	);
	alpha.tool('stonith_admin', `S=${root}\n${GOES}\ncase "$1" in --reboot) kill $(cat $S/bravo/writer); goes alpha ;; esac`);
	alpha.put(
		'/bin/ssh',
		`#!/bin/sh\n[ ! -e ${root}/cut ] || { echo 'No route to host' >&2; exit 255; }\necho $$ >${root}/bravo/writer\nTWINPOOL_ROOT=${root}/bravo exec ${process.execPath} ${TWINPOOL} side\n`,
	);
	chmodSync(`${alpha.root}/bin/ssh`, 0o755);
	return {alpha, shared: `${root}/shared`, world};
}

export const actions = (here: Tree): string[] => here.calls().filter(call => /^(crm_resource|stonith_admin)/u.test(call));
