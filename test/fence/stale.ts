// fence-peer that was frozen between its look and what it does about it.
import {existsSync} from 'node:fs';
import t from 'tap';
import {cluster, stage} from '../fake/stage.ts';

t.setTimeout(120_000);

t.test('what was seen long ago is looked at again before the constraint is written', async t => {
	const host = stage(t);
	cluster(host, {});
	const now = performance.now.bind(performance);
	t.teardown(() => {
		performance.now = now;
	});
	// It stands still for a minute when the peer has answered.
	performance.now = () => now() + (existsSync(`${host.root}/countcrmadmin-S`) ? 60_000 : 0);
	const {code, log} = await host.run('fence-peer');
	const words = log.map(line => line.split(' ').slice(0, 2).join(' '));
	t.same(words.slice(0, 5), ['cibadmin -Q', 'crmadmin -S', 'cibadmin -Q', 'crmadmin -S', 'cibadmin -C'], log.join('\n'));
	t.equal(code, 4);
});
