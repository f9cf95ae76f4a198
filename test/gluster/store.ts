// glusterd's own files, as the lab's nodes had them.
import t from 'tap';
import {guarded} from '../../lib/gluster/kept.ts';
import {isHere, names, ownUuid, volumeNamed, volumes} from '../../lib/gluster/store.ts';
import {captured, files, ID} from '../fake/gluster-store.ts';
import {Tree} from '../fake/tree.ts';

t.test('a volume and its bricks', async t => {
	const tree = new Tree(t.testdir());
	process.env['TWINPOOL_ROOT'] = tree.root;
	t.teardown(() => Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT'));
	t.equal(volumeNamed('vm'), undefined);
	t.equal(ownUuid(), '');
	for (const [path, text] of Object.entries(files('10.77.2.2'))) {
		tree.put(path, text);
	}
	t.same(volumes(), ['vm']);
	const volume = volumeNamed('vm');
	t.match(volume, {name: 'vm', id: ID, started: true, replica: 2, arbiters: 0});
	t.same(
		volume?.bricks.map(({host, path, port}) => [host, path, port]),
		[
			['alpha', '/brick/data/vm', 55_196],
			['10.77.2.2', '/brick/data/vm', 0],
		],
	);
	t.same(
		[...(volume?.options ?? [])],
		[
			['cluster.quorum-type', 'fixed'],
			['cluster.quorum-count', '2'],
		],
	);
	t.same(names(), ['alpha.example.com', 'alpha', 'localhost']);
	const me = {uuid: ownUuid(), names: names()};
	t.same(
		volume?.bricks.map(brick => isHere(brick, me)),
		[true, false],
	);
	tree.put('/var/lib/glusterd/vols/vm/info', 'status=1\n');
	t.equal(volumeNamed('vm'), undefined, 'what has no id is no volume');
});

t.test('a third vote: an arbiter is a brick of the volume, a thin one is not', async t => {
	const tree = new Tree(t.testdir());
	process.env['TWINPOOL_ROOT'] = tree.root;
	t.teardown(() => Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT'));
	tree.put('/var/lib/glusterd/vols/arb/info', captured('store-arbiter'));
	tree.put('/var/lib/glusterd/vols/ta/info', captured('store-thin-arbiter'));
	tree.put('/var/lib/glusterd/vols/ta/bricks/10.99.0.1:-brick-ta3', captured('store-thin-arbiter-brick'));
	const [arbiter, thin] = [volumeNamed('arb'), volumeNamed('ta')];
	t.match(arbiter, {replica: 3, arbiters: 1, bricks: {length: 3}});
	t.match(thin, {replica: 2, arbiters: 1});
	t.same(
		thin?.bricks.map(({path}) => path),
		['/brick/ta1', '/brick/ta2'],
	);
	t.same(
		[arbiter, thin].map(volume => volume && guarded(volume)),
		[false, false],
	);
});

t.test('whose brick it is', async t => {
	const me = {uuid: 'u1', names: ['alpha.example.com', 'alpha', 'localhost']};
	const brick = (host: string, uuid = ''): Parameters<typeof isHere>[0] => ({host, uuid, path: '/b', id: 0, port: 0});
	for (const host of ['alpha', 'ALPHA.example.com', '127.0.0.1', 'localhost']) {
		t.ok(isHere(brick(host), me), host);
	}
	for (const host of ['bravo', 'alpha.example.org', '203.0.113.9', 'alph']) {
		t.notOk(isHere(brick(host), me), host);
	}
	t.notOk(isHere(brick('alpha', 'u2'), me), 'a name may be the same, an id is not');
	t.ok(isHere(brick('storage-a', 'u1'), me), 'whatever it was called');
});
