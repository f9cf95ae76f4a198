// A replicated volume on one host, for tests: made, started, and ended with the test.
import type {Test} from 'tap';
import {GlusterHost} from './gluster-host.ts';
import {ID} from './gluster-store.ts';

export const BOTH = `epoch=1 holder= pool=${ID} current=alpha,bravo behind=`;
export const BEHIND = `epoch=4 holder=bravo pool=${ID} current=bravo behind=alpha@1795421835`;
export const DATASET = JSON.stringify({'/brick/data/vm': {point: '/brick/data', type: 'zfs', source: 'brick/data'}});
export const UNMOUNTED = '20 1 0:20 / / rw - ext4 /dev/vda rw\n';
export const SHORT = {OCF_RESKEY_CRM_meta_timeout: '10000'};

export async function on(t: Test, work: (here: GlusterHost) => Promise<unknown>): Promise<void> {
	const here = await GlusterHost.make(t.testdir());
	try {
		await work(here);
	} finally {
		here.close();
	}
}
export const mounted = (here: GlusterHost): boolean => here.read('/proc/self/mountinfo').includes('fuse.glusterfs');
/** Started, with a keeper that says that all is well. */
export async function started(t: Test, here: GlusterHost): Promise<void> {
	here.lease(BOTH);
	here.seen('together');
	const {code, stderr} = await here.act('start');
	t.equal(code, 0, stderr);
	here.put('/calls', '');
}
