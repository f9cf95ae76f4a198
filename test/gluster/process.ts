// Which process is a brick's: any user can call his own whatever he likes.
import t from 'tap';
import {brickProcess, daemon} from '../../lib/gluster/process.ts';
import {volumeNamed} from '../../lib/gluster/store.ts';
import {cmdlineOf, files} from '../fake/gluster-store.ts';
import {Tree} from '../fake/tree.ts';

t.test('a process of a user is no brick and no glusterd', async t => {
	const tree = new Tree(t.testdir());
	process.env['TWINPOOL_ROOT'] = tree.root;
	const root = process.getuid;
	t.teardown(() => {
		Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT');
		Object.assign(process, {getuid: root});
	});
	for (const [path, text] of Object.entries(files('10.77.2.2'))) {
		tree.put(path, text);
	}
	tree.put('/proc/4194222/cmdline', cmdlineOf('vm'));
	tree.put('/proc/4194223/cmdline', '/usr/sbin/glusterd\0');
	tree.put('/run/glusterd.pid', '4194223\n');
	const [volume] = [volumeNamed('vm')];
	const [brick] = volume?.bricks ?? [];
	const seen = (): unknown => volume && brick && [brickProcess(volume, brick)?.pid, daemon()];
	t.same(seen(), [4_194_222, 4_194_223], 'by its command line, where no file has its number');
	// As if this were root, and those of whoever runs this test.
	Object.assign(process, {getuid: () => 4711});
	t.same(seen(), [undefined, undefined]);
	tree.put('/run/gluster/vols/vm/alpha-brick-data-vm.pid', '4194222\n');
	t.same(seen(), [undefined, undefined], 'nor by a number that is his by now');
});
