// Two hosts with a brick each of one volume, seen from the first; the second one answers through ssh.
import {chmodSync, utimesSync} from 'node:fs';
import type {Test} from 'tap';
import {Datasets, TWINPOOL} from './datasets.ts';
import {DATASET} from './gluster-life.ts';
import {captured, complained, files, GLUSTER} from './gluster-store.ts';

const PEER = '10.99.0.2';
const UUID = '859800a0-5866-4f2b-831f-b3f087c24df2';
/** The names that were captured, and what they are: a directory where one side made a file. */
const IMAGES = ['vm1.raw', 'vm3.raw', 'an owner', 'new.raw'];

export interface TwoBricks {
	alpha: Datasets;
	bravo: Datasets;
}

function host(root: string, name: 'alpha' | 'bravo'): Datasets {
	const here = new Datasets(root, ['brick/data']);
	for (const [path, text] of Object.entries(files(PEER))) {
		here.put(path, text);
	}
	here.put('/datasets', 'brick/data\n');
	here.put('/proc/sys/kernel/hostname', `${name}.example.com\n`);
	here.put('/var/lib/twinpool/gluster-vm.json', DATASET);
	if (name === 'bravo') {
		here.put('/var/lib/glusterd/glusterd.info', `UUID=${UUID}\n`);
	}
	here.tool('stonith_admin', 'cat $ROOT/fencings');
	here.tool('cibadmin', 'exit 1');
	here.tool('getfattr', 'sed "s#/brick/vm#$ROOT/brick/data/vm#" $ROOT/attributes');
	here.put('/fencings', '');
	here.put('/attributes', captured(`getfattr-images-${name}`));
	for (const [index, file] of IMAGES.entries()) {
		here.put(`/brick/data/vm/images/${file}`, name === 'alpha' ? 'x'.repeat(100 + index) : 'y'.repeat(200 - index));
		const when = Date.parse('2026-11-23T10:00:00Z') / 1000 + (name === 'alpha' ? 60 : 0) * (index % 2 === 0 ? 1 : -1);
		utimesSync(`${root}/brick/data/vm/images/${file}`, when, when);
	}
	here.put(`/brick/data/vm/images/kind${name === 'alpha' ? '/in it' : ''}`, 'z');
	return here;
}

/** Healed, as it was captured; put `heal-images` there, and it is torn as that was. */
export function twoBricks(t: Test): TwoBricks {
	const root = t.testdir();
	const [alpha, bravo] = [host(`${root}/alpha`, 'alpha'), host(`${root}/bravo`, 'bravo')];
	alpha.put('/heal-info', captured('heal-healed'));
	alpha.tool(
		'gluster',
		`case "$*" in
*" heal vm info") cat $ROOT/heal-info; exit ;;
*" barrier vm "*) [ -e $ROOT/no-$5 ] && { cat $ROOT/barrier-refused >&2; exit 1; }
	sed -i '/^features.barrier=/d' $ROOT/var/lib/glusterd/vols/vm/info; echo features.barrier=$5 >>$ROOT/var/lib/glusterd/vols/vm/info
	cat $ROOT/barrier-done; exit ;;
*source-brick*) echo "$8" >>$ROOT/chosen; [ -e $ROOT/all-chosen ] && cp $ROOT/healed $ROOT/heal-info; echo "Healed $8."; exit ;;
esac
${GLUSTER}`,
	);
	alpha.put('/healed', captured('heal-healed'));
	alpha.put('/barrier-done', captured('barrier-enable'));
	alpha.put('/barrier-refused', complained('barrier-refused'));
	alpha.put(
		'/bin/ssh',
		`#!/bin/sh\necho "ssh $*" >>${root}/alpha/calls\n[ -e ${root}/cut ] && { echo 'No route to host' >&2; exit 255; }\nTWINPOOL_ROOT=${root}/bravo PATH=${root}/bravo/bin:$PATH exec ${process.execPath} ${TWINPOOL} side\n`,
	);
	chmodSync(`${root}/alpha/bin/ssh`, 0o755);
	return {alpha, bravo};
}
