// twinpool split-brain of a DRBD resource: what is below the side that is given up decides whether there is a copy of it.
import t from 'tap';
import {acts, split, twoSides} from '../fake/two-sides.ts';

t.jobs = 2;
t.setTimeout(240_000);

t.test('without a copy only when that is said', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11', ['/dev/vdc', '/dev/vdb']);
	t.match((await split(alice, 'vmstore')).stdout, /^ {2}no snapshot can be taken below it, and one within the pool goes with it/mu);
	t.match((await split(alice, 'vmstore')).stdout, /^ {2}on bob: dd if=\/dev\/vdc of=FILE bs=1M conv=sparse$/mu);
	t.match(await split(alice, 'vmstore', '--keep', 'alice', '--without-copy'), {code: 2, stderr: /nothing was done: --yes/u});
	t.same(acts(bob), []);
	const {code, stdout, stderr} = await split(alice, 'vmstore', '--keep', 'alice', '--yes', '--without-copy');
	t.equal(code, 0, stderr);
	t.match(stdout, /, without a copy$/mu);
	t.same(acts(bob), ['drbdadm secondary vmstore', 'drbdadm connect --discard-my-data vmstore']);
});

t.test('logical volumes: a snapshot with room for all of it, or a thin one', async t => {
	const {alice, bob} = twoSides(t, 'drbd-8.4.11', ['/dev/dm-0', '/dev/dm-1']);
	for (const here of [alice, bob]) {
		for (const [index, name] of ['vg--a-vm0', 'vg--a-vm1'].entries()) {
			here.put(`/sys/class/block/dm-${index}/dm/uuid`, 'LVM-4oXv\n');
			here.put(`/sys/class/block/dm-${index}/dm/name`, `${name}\n`);
		}
	}
	bob.tool('lvs', 'case "$*" in *vm0) echo "  linear/1073741824" ;; *) echo "  thin/2147483648" ;; esac');
	bob.tool('lvcreate', '[ ! -e $ROOT/vg-full ] || { echo "  Volume group has insufficient free space" >&2; exit 5; }');
	bob.put('/vg-full', '');
	t.match(await split(alice, 'vmstore', '--keep', 'alice', '--yes'), {
		code: 2,
		stderr: /bob: no snapshot of vg-a\/vm0: .*insufficient free space; nothing was given up/u,
	});
	bob.remove('/vg-full');
	bob.put('/calls', '');
	const {code, stdout, stderr} = await split(alice, 'vmstore', '--keep', 'alice', '--yes');
	t.equal(code, 0, stderr);
	t.match(stdout, /^bob: snapshot vg-a\/vm0-\d{8}T\d{6}Z\nbob: snapshot vg-a\/vm1-\d{8}T\d{6}Z$/mu);
	t.match(acts(bob), [
		/^lvcreate --snapshot --size 1111993877b --name vm0-\d{8}T\d{6}Z vg-a\/vm0$/u,
		/^lvcreate --snapshot --name vm1-\d{8}T\d{6}Z vg-a\/vm1$/u,
		'drbdadm connect --discard-my-data vmstore',
	]);
});
