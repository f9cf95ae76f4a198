// The kernel's tables of connections, as its sources print them.
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {connections, connectionsOf} from '../../lib/sockets.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, remote: string, state: string, inode: number): string =>
	`   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;

t.test('addresses, states, and whose they are', async t => {
	const root = t.testdir();
	process.env['TWINPOOL_ROOT'] = root;
	t.teardown(() => Reflect.deleteProperty(process.env, 'TWINPOOL_ROOT'));
	mkdirSync(`${root}/proc/net`, {recursive: true});
	mkdirSync(`${root}/proc/77/fd`, {recursive: true});
	writeFileSync(
		`${root}/proc/net/tcp`,
		HEAD +
			line('01024D0A:5DC7', '00000000:0000', '0A', 1) +
			line('01024D0A:BFEF', '02024D0A:DECC', '01', 2) +
			line('01024D0A:BFF1', '02024D0A:5DC7', '02', 3),
	);
	writeFileSync(
		`${root}/proc/net/tcp6`,
		HEAD +
			line('0000000000000000FFFF000001024D0A:CBDB', '0000000000000000FFFF000002024D0A:BFFD', '01', 4) +
			line('B80D0120000000000000000001000000:C001', 'B80D0120000000000000000002000000:C002', '01', 5),
	);
	for (const [fd, target] of Object.entries({0: '/dev/null', 3: 'socket:[2]', 4: 'socket:[4]', 5: 'pipe:[9]'})) {
		symlinkSync(target, `${root}/proc/77/fd/${fd}`);
	}
	t.same(
		connections().map(({local, remote, established}) => [`${local.host} ${local.port}`, `${remote.host} ${remote.port}`, established]),
		[
			['10.77.2.1 49135', '10.77.2.2 57036', true],
			['10.77.2.1 49137', '10.77.2.2 24007', false],
			['10.77.2.1 52187', '10.77.2.2 49149', true],
			['2001:db8:0:0:0:0:0:1 49153', '2001:db8:0:0:0:0:0:2 49154', true],
		],
	);
	t.same(
		connectionsOf(77).map(({inode}) => inode),
		['2', '4'],
	);
	t.same(connectionsOf(78), []);
});
