// twinpool status where libvirt has nothing to run.
import t from 'tap';
import {twinpool} from '../fake/datasets.ts';
import {Watched} from '../fake/watched.ts';

t.test('libvirt without guests is not asked, and need not run', async t => {
	const here = new Watched(t.testdir());
	here.drbd('drbd-8.4.11', '07-resynced');
	here.pool('tank', 'ONLINE', 'healthy');
	here.put('/etc/libvirt/qemu/networks/default.xml', '<network/>');
	here.tool('virsh', 'echo "error: failed to connect to the hypervisor" >&2; exit 1');
	const {code, stdout} = await twinpool(here, 'status');
	t.match({code, stdout}, {code: 0, stdout: /^guests +none$/mu});
	t.equal(here.calls().length, 4, `${here.calls()}`);
	here.put('/etc/libvirt/qemu/web.xml', '<domain/>');
	t.match(await twinpool(here, 'status'), {code: 2, stdout: /^alpha guests: libvirt does not answer/mu});
});
