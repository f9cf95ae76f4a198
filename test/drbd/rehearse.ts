// What a start-up snapshot is made after: a promotion that goes all the way, and touches no host.
import {execFileSync} from 'node:child_process';
import t from 'tap';
import {rehearse} from '../../lib/drbd/rehearse.ts';

t.test('a promotion is rehearsed up to its verdict', async t => {
	process.env['TWINPOOL_ROOT'] = t.testdir();
	process.env['PATH'] = '';
	t.match(await rehearse(), /^31 7 \d+ \d+ b\n$/u, 'the peer of the sample is fenced');
	delete process.env['TWINPOOL_ROOT'];
	t.throws(() => execFileSync('cibadmin'), 'no program could have been started');
});
