// A connection that is there again while fence-peer is at work.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {liftOf} from '../fake/captured.ts';
import {cluster, proc, stage, TOGETHER} from '../fake/stage.ts';

t.setTimeout(120_000);

t.test('the connection came back', async t => {
	const host = stage(t);
	cluster(host, {bravo: 'member'});
	host.text('together', proc(TOGETHER, TOGETHER));
	host.on('cibadmin-C', 'cp "$D/together" "$D/proc/drbd"; printf %s "$5" >"$D/placed"');
	const {code, log} = await host.run('fence-peer');
	t.equal(code, 1);
	t.equal(log.at(-1), liftOf('alpha'), 'the constraint is taken back');
	const early = stage(t);
	cluster(early, {bravo: 'member'});
	const syncing = 'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent';
	early.text('syncing', proc(syncing, syncing));
	early.on('cibadmin-C', 'cp "$D/syncing" "$D/proc/drbd"; printf %s "$5" >"$D/placed"');
	const memory = (name: string): string => join(early.root, `run/twinpool/told-${name}.json`);
	mkdirSync(join(early.root, 'run/twinpool'), {recursive: true});
	for (const name of ['vmstore', 'other']) {
		writeFileSync(memory(name), JSON.stringify({time: 0, state: 'ok', attribute: `twinpool-drbd-${name}`}));
	}
	t.equal((await early.run('fence-peer')).log.filter(line => line.startsWith('cibadmin -D')).length, 0, 'the other side is behind still');
	t.same([existsSync(memory('vmstore')), existsSync(memory('other'))], [false, true], 'the next monitor looks after the constraint');
	const before = stage(t);
	before.drbd(proc(TOGETHER, TOGETHER));
	t.same(await before.run('fence-peer', ['--net-hickup=5']).then(run => ({code: run.code, log: run.log})), {code: 1, log: []}, 'a hickup');
});
