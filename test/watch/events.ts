// Events to lines within a second, and tools that die under it.
import {appendFileSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {fixture} from '../fake/watched.ts';
import {captured, drbd, ended, host, started} from '../fake/watching.ts';

t.jobs = 1;

t.test('a link cut, a resync and a split-brain, within a second of the event', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/^Primary UpToDate Connected$/u), 'the first look');
	await now.until(line => line['kind'] === 'pool', 'the pool');
	for (const [name, from, to, shown] of [
		['the link cut', '15:12:29', '15:12:30', drbd(/^Primary UpToDate Connecting$/u)],
		['the resync', '15:12:56', '15:12:58', drbd(/^Primary UpToDate SyncSource$/u)],
		['its end', '15:12:58', '15:13:10', drbd(/^Primary UpToDate Connected$/u)],
		['the connection given up', '15:13:11', '15:13:12', drbd(/StandAlone$/u)],
		['the split-brain', '15:13:30', '15:13:45', line => line['kind'] === 'alarm' && line['words'] === 'split-brain'],
	] as readonly (readonly [string, string, string, ReturnType<typeof drbd>])[]) {
		const before = now.seen().length;
		here.event(...captured('drbd-8.4.11', from, to));
		const took = await now.until(shown, name, before);
		t.ok(took < 1000, `${name}: ${Math.round(took)} ms`);
	}
	t.match(
		now.seen().find(({kind}) => kind === 'alarm'),
		{name: 'split-brain vmstore', node: 'alpha', level: 'ill', says: /^split-brain of DRBD resource vmstore, seen by alpha$/u},
	);
	t.equal(await ended(now), 0);
	t.equal(here.calls().filter(call => call.startsWith('drbdsetup')).length, 2, 'one first look, and one that is followed');
});

t.test('8.4 tells how far it is in a file alone: it is read while a resync runs', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	here.put('/proc/drbd', fixture('drbd-8.4.11/alice/03-initial-sync/proc-drbd.txt'));
	here.event(...captured('drbd-8.4.11', '15:12:56', '15:12:58'));
	const far =
		(says: RegExp) =>
		(line: Record<string, unknown>): boolean =>
			says.test(String(line['says']));
	await now.until(far(/0\.4 % done, 0:43:39 to go/u), 'how far it is');
	here.put(
		'/proc/drbd',
		fixture('drbd-8.4.11/alice/03-initial-sync/proc-drbd.txt')
			.replace("sync'ed:  0.2%", "sync'ed: 50.0%")
			.replace("sync'ed:  0.4%", "sync'ed: 51.0%"),
	);
	await now.until(far(/51\.0 % done/u), 'how far it is later');
	await ended(now);
});

t.test('what the files of agents, the cluster and ZFS say', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	await sleep(1500);
	here.put('/run/twinpool/alarm-io-error-vmstore', 'new\nI/O error\n');
	await now.until(line => line['kind'] === 'alarm' && line['words'] === 'io-error', 'an alarm');
	here.remove('/run/twinpool/alarm-io-error-vmstore');
	await now.until(line => line['kind'] === 'alarm' && line['gone'] === true, 'its end');
	here.put('/proc/spl/kstat/zfs/tank/state', 'DEGRADED\n');
	here.pool('tank', 'DEGRADED', 'released');
	appendFileSync(`${here.root}/zevents`, 'Nov 28 2026 00:10:40.123456789 resource.fs.zfs.statechange\n');
	await now.until(line => line['kind'] === 'pool' && line['words'] === 'DEGRADED', 'a pool');
	here.cluster({bravo: 'lost'});
	appendFileSync(`${here.root}/var/log/pacemaker/pacemaker.log`, 'Nov 28 pacemaker-controld: notice: Node bravo state is now lost\n');
	await now.until(line => line['kind'] === 'node' && line['words'] === 'lost', 'a lost node');
	await ended(now);
});

t.test('it outlives the tools under it, says so, and knows afterwards what they would have told', async t => {
	const here = host(t);
	const now = started(t, here, '--json');
	await now.until(drbd(/Connected$/u), 'the first look');
	await sleep(1200);
	for (const [tool, name] of [
		['drbdsetup', 'drbdsetup events2'],
		['zpool', 'zpool events'],
	] as const) {
		const [pid = 0] = now.below(tool);
		t.ok(pid > 0, `${name} is followed`);
		process.kill(pid, 'SIGKILL');
		if (tool === 'drbdsetup') {
			writeFileSync(`${here.root}/events`, fixture('drbd-8.4.11/alice/05-link-cut/events2-now.txt'));
		}
		await now.until(
			line => line['kind'] === 'source' && line['name'] === name && /was killed by SIGKILL; again in 0\.5 s/u.test(String(line['says'])),
			`the end of ${name}`,
		);
		await now.until(line => line['kind'] === 'source' && line['name'] === name && line['gone'] === true, `the return of ${name}`);
		t.equal(now.below(tool).length, 1, 'another one');
	}
	await now.until(drbd(/Connecting$/u), 'what happened meanwhile');
	here.tool('zpool', 'case $1 in events) exit 1 ;; *) cat $ROOT/zpool.out ;; esac');
	process.kill(now.below('zpool')[0] ?? 0, 'SIGKILL');
	await now.until(line => /zpool events ended with 1; again in 2 s/u.test(String(line['says'])), 'a tool that ends again and again');
	here.remove('/proc/drbd');
	process.kill(now.below('drbdsetup')[0] ?? 0, 'SIGKILL');
	await now.until(line => line['kind'] === 'drbd' && line['gone'] === true, 'a module that is gone');
	await ended(now);
});
