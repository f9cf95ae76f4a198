// What watch tells the other node, and Prometheus.
import {once} from 'node:events';
import {appendFileSync, readFileSync} from 'node:fs';
import {type AddressInfo, connect, createServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import t, {type Test} from 'tap';
import {twinpool} from '../fake/datasets.ts';
import type {Watched} from '../fake/watched.ts';
import {captured, drbd, ended, host, PATIENCE, started} from '../fake/watching.ts';

t.jobs = 1;

const told = async (t: Test, here: Watched, call: string): Promise<void> => {
	const begun = performance.now();
	while (!here.calls().includes(call) && performance.now() - begun < PATIENCE) {
		await sleep(20);
	}
	t.ok(
		here.calls().includes(call),
		`${call}: ${here
			.calls()
			.filter(one => one.startsWith('attrd'))
			.join('; ')}`,
	);
};

t.test('what a node tells the other one, and takes back', async t => {
	const here = host(t);
	here.guests();
	const now = started(t, here, '--json', '--publish');
	await now.until(drbd(/Connected$/u), 'the first look');
	await told(t, here, 'attrd_updater -n twinpool-pool-tank -B ONLINE -d 30s');
	here.put('/attrd.exit', '1');
	here.pool('tank', 'DEGRADED', 'released');
	appendFileSync(`${here.root}/zevents`, 'statechange\n');
	await told(t, here, 'attrd_updater -n twinpool-pool-tank -B ill: DEGRADED -d 30s');
	await now.until(
		line => line['kind'] === 'source' && line['name'] === 'node attributes' && /ended with 1/u.test(String(line['says'])),
		'a cluster that cannot be told',
	);
	here.put('/attrd.exit', '0');
	here.pool('tank', 'ONLINE', 'healthy');
	appendFileSync(`${here.root}/zevents`, 'statechange\n');
	await now.until(line => line['kind'] === 'source' && line['name'] === 'node attributes' && line['gone'] === true, 'one that can again');
	t.equal(await ended(now), 0);
	t.ok(here.calls().includes('attrd_updater -n twinpool-pool-tank -D'), 'taken back at the end');
});

t.test('what is there is taken back also where the last telling failed', async t => {
	const here = host(t);
	here.guests();
	const now = started(t, here, '--json', '--publish');
	await told(t, here, 'attrd_updater -n twinpool-pool-tank -B ONLINE -d 30s');
	here.put('/attrd.exit', '1');
	here.pool('tank', 'DEGRADED', 'released');
	appendFileSync(`${here.root}/zevents`, 'statechange\n');
	await now.until(line => /ended with 1/u.test(String(line['says'])), 'a cluster that cannot be told');
	here.put('/attrd.exit', '0');
	t.equal(await ended(now), 0);
	t.ok(here.calls().includes('attrd_updater -n twinpool-pool-tank -D'));
});

t.test('metrics', async t => {
	const here = host(t);
	const port = await free();
	const now = started(t, here, '--json', '--metrics', `127.0.0.1:${port}`);
	await now.until(drbd(/Connected$/u), 'the first look');
	const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
	const text = await (await get('/metrics')).text();
	t.match(text, /^twinpool_level\{host="alpha",level="well"\} 1$/mu);
	t.match(text, /^twinpool_item_well\{kind="drbd",name="vmstore",node="alpha"\} 1$/mu);
	t.match(text, /^twinpool_item_state\{kind="drbd",name="vmstore",node="alpha",words="Primary UpToDate Connected"\} 1$/mu);
	t.match(text, /^twinpool_pool_vdevs\{name="tank",node="alpha"\} 3$/mu);
	t.match(text, /^twinpool_source_events_total\{source="drbdsetup events2"\} \d+$/mu);
	t.match((await get('/metrics')).headers.get('content-type'), /^text\/plain; version=0\.0\.4/u);
	t.equal((await get('/')).status, 404);
	const idle = Array.from({length: 40}, () =>
		connect(port, '127.0.0.1')
			.on('error', () => undefined)
			.resume(),
	);
	await Promise.all(idle.slice(0, 32).map(socket => once(socket, 'connect')));
	const begun = performance.now();
	await Promise.all(idle.map(socket => once(socket, 'close')));
	t.ok(performance.now() - begun < 10_000, 'who asks nothing is not held on to');
	t.equal((await get('/metrics')).status, 200);
	here.event(...captured('drbd-8.4.11', '15:12:29', '15:12:30'));
	await now.until(drbd(/Connecting$/u), 'the link cut');
	t.match(await (await get('/metrics')).text(), /^twinpool_item_well\{kind="drbd",name="vmstore",node="alpha"\} 0$/mu);
	t.match(await twinpool(here, 'watch', '--metrics', `127.0.0.1:${port}`), {
		code: 2,
		stdout: '',
		stderr: /^twinpool watch: nothing can be served at 127.*EADDRINUSE/u,
	});
	t.equal(await ended(now), 0);
	const dashboard = JSON.parse(readFileSync('examples/grafana-twinpool.json', 'utf8')) as {panels: {targets: {expr: string}[]}[]};
	const names = new Set(dashboard.panels.flatMap(({targets}) => targets.flatMap(({expr}) => expr.match(/\btwinpool_\w+/gu) ?? [])));
	const known = new Set([...text.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name));
	const sometimes = [
		'twinpool_drbd_resync_done_ratio',
		'twinpool_drbd_resync_eta_seconds',
		'twinpool_pool_resilver_done_ratio',
		'twinpool_guests_running',
		'twinpool_guests_defined',
		'twinpool_fencing_completed_timestamp_seconds',
		'twinpool_drbd_out_of_sync_bytes',
	];
	t.same(
		[...names].filter(name => !(known.has(name) || sometimes.includes(name))),
		[],
		'the dashboard asks for what there is',
	);
});

/** A port that nobody has at the moment. */
async function free(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
