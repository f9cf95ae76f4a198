// twinpool drill, built, on two simulated hosts whose pool is one folder: what is in the way, what a client notices, what is left behind.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';
import t from 'tap';
import {TWINPOOL, twinpool} from '../fake/datasets.ts';
import {actions, cluster} from '../fake/drill-cluster.ts';

t.setTimeout(240_000);

t.test('there and back: measured, nothing lost, nothing left', async t => {
	const {alpha, shared, world} = cluster(t);
	const {code, stdout, stderr} = await twinpool(alpha, 'drill', 'tank', '--yes', '--output', alpha.root);
	t.equal(code, 0, `${stdout}${stderr}`);
	const [, there = '', back = ''] =
		/^alpha -> bravo: ([\d.]+) s without a write\nbravo -> alpha: ([\d.]+) s without a write\nnothing that was acknowledged was lost$/mu.exec(
			stdout,
		) ?? [];
	for (const gap of [there, back]) {
		t.ok(Number(gap) >= 1 && Number(gap) < 10, `${gap} s`);
	}
	t.same(actions(alpha), [
		'crm_resource --move --resource tank --node bravo --lifetime PT30M',
		'crm_resource --wait --timeout 600s',
		'crm_resource --move --resource tank --node alpha --lifetime PT30M',
		'crm_resource --wait --timeout 600s',
		'crm_resource --clear --resource tank',
	]);
	t.notOk(existsSync(`${world.root}/constraint`));
	t.same(readdirSync(shared), [], 'the records are gone');
	const [page = '', json = ''] = readdirSync(alpha.root)
		.filter(name => name.startsWith('drill-tank-'))
		.sort();
	t.match(JSON.parse(alpha.read(`/${json}`)), {
		pool: 'tank',
		legs: [{from: 'alpha', to: 'bravo', how: 'move'}, {from: 'bravo'}],
		lost: [],
		after: [],
	});
	const text = alpha.read(`/${page}`);
	t.match(text, /^<!doctype html>[\s\S]*<svg viewBox[\s\S]*class="gap"[\s\S]*<\/svg>[\s\S]*<td>bravo writes<\/td>/u);
	t.notMatch(text, /(src|href)=|<script/u, 'one page, with nothing to load');
});

t.test('what had been acknowledged and is gone is found', async t => {
	const {alpha, world} = cluster(t);
	world.put('/loses', '');
	const {code, stdout} = await twinpool(alpha, 'drill', 'tank', '--yes', '--output', alpha.root);
	t.equal(code, 1);
	t.match(stdout, /^LOST: records (\d+) to \1 had been acknowledged, and were not there on bravo$/mu);
});

t.test('with the power cut, from the other node', async t => {
	const refused = cluster(t);
	t.match(await twinpool(refused.alpha, 'drill', 'tank', '--power', '--yes'), {
		code: 2,
		stderr: /alpha has tank and is about to be fenced: run it on bravo/u,
	});
	t.same(actions(refused.alpha), []);
	await t.test('bravo has it', async t => {
		const {alpha} = cluster(t, 'bravo');
		const {code, stdout, stderr} = await twinpool(alpha, 'drill', 'tank', '--power', '--yes', '--json', '--output', alpha.root);
		t.equal(code, 0, `${stdout}${stderr}`);
		t.match(JSON.parse(stdout), {legs: [{from: 'bravo', to: 'alpha', how: 'power'}], lost: []});
		t.same(actions(alpha), ['stonith_admin --reboot bravo --timeout 300']);
	});
});

t.test('Ctrl-C leaves no constraint and no record', async t => {
	const {alpha, shared, world} = cluster(t);
	const env = {PATH: `${alpha.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: alpha.root, HOME: alpha.root};
	const child: ChildProcess = spawn(process.execPath, [TWINPOOL, 'drill', 'tank', '--yes', '--output', alpha.root], {env, stdio: 'ignore'});
	const closed = once(child, 'close');
	while (!existsSync(`${world.root}/constraint`)) {
		await sleep(20);
	}
	await sleep(1500);
	child.kill('SIGINT');
	t.same(await closed, [2, null]);
	t.notOk(existsSync(`${world.root}/constraint`));
	t.same(readdirSync(shared), []);
});

t.test('nothing is done before it is said, nor with something in the way', async t => {
	const {alpha, world} = cluster(t);
	t.match(await twinpool(alpha, 'drill', 'tank'), {code: 2, stderr: /nothing was done: --yes/u});
	t.match(await twinpool(alpha, 'drill', 'tank', '--check'), {code: 0, stdout: 'tank: nothing is in the way from alpha to bravo\n'});
	const events = alpha.read('/events');
	alpha.put('/events', events.replace('peer-disk:UpToDate', 'peer-disk:Inconsistent'));
	t.match(await twinpool(alpha, 'drill', 'tank', '--yes'), {
		code: 1,
		stdout: 'tank: DRBD resource vmstore is Connected, UpToDate/Inconsistent: not whole\n',
	});
	alpha.put('/events', 'exists -\n');
	t.match(await twinpool(alpha, 'drill', 'tank', '--yes'), {code: 1, stdout: /nobody knows on what tank is replicated/u});
	alpha.put('/events', events);
	world.put('/constraint', '');
	t.match(await twinpool(alpha, 'drill', 'tank', '--yes'), {
		code: 1,
		stdout: /cli-prefer-tank is left of an earlier move: crm_resource --clear --resource tank/u,
	});
	t.same(actions(alpha), []);
	t.match(await twinpool(alpha, 'drill', 'other', '--yes'), {code: 2, stderr: /no resource of the cluster has pool other/u});
	t.match(await twinpool(alpha, 'drill', '--yes'), {code: 2, stderr: /expected a pool/u});
});

t.test('a host that never had the pool knows it by the label below DRBD', async t => {
	const {alpha} = cluster(t);
	alpha.remove('/var/lib/twinpool/pool-tank.json');
	alpha.remove('/proc/spl');
	t.match(await twinpool(alpha, 'drill', 'tank', '--check'), {code: 1, stdout: /nobody knows on what tank is replicated/u});
	alpha.put('/dev/vdc', gunzipSync(readFileSync(new URL('../fixture/zpool/drbd0.label.gz', import.meta.url))));
	t.match(await twinpool(alpha, 'drill', 'tank', '--check'), {code: 0, stdout: 'tank: nothing is in the way from alpha to bravo\n'});
	alpha.put('/events', alpha.read('/events').replace('peer-disk:UpToDate', 'peer-disk:Inconsistent'));
	t.match(await twinpool(alpha, 'drill', 'tank', '--check'), {code: 1, stdout: /vmstore is Connected, UpToDate\/Inconsistent: not whole/u});
});

t.test('a side that is asked for records writes to nothing but a mounted dataset', async t => {
	const {alpha, shared} = cluster(t);
	const ask = async (request: object): Promise<string> => {
		const child = spawn(process.execPath, [TWINPOOL, 'side'], {
			env: {PATH: '/usr/bin:/bin', TWINPOOL_ROOT: alpha.root},
			stdio: ['pipe', 'pipe', 'ignore'],
		});
		child.stdin.write(`${JSON.stringify({ask: 'beats', dataset: 'tank', drill: '20261128T000000Z', first: true, pace: 20, ...request})}\n`);
		const closed = once(child, 'close');
		let text = '';
		child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			text += chunk;
		});
		for (let waited = 0; waited < 20_000 && !/"not"|\n.*\n/u.test(text); waited += 50) {
			await sleep(50);
		}
		// Nothing else is said after a refusal.
		await sleep(200);
		child.stdin.end();
		await closed;
		return text;
	};
	t.match(await ask({}), /^\{"n":1\}\n\{"n":2\}\n/u);
	t.match(await ask({dataset: 'tank/none'}), /^\{"not":"ENOENT"\}\n$/u);
	t.match(await ask({drill: '../../etc/passwd'}), /"not":"this is no request of twinpool"/u);
	t.match(await ask({first: false}), /^\{"not":"ENOENT"\}\n$/u, 'who does not begin makes no file');
	const other = `${shared}/other`;
	writeFileSync(other, 'of somebody\n');
	linkSync(other, `${shared}/.twinpool-drill-20261128T000000Z`);
	t.match(await ask({}), /^\{"not":"EMLINK"\}\n$/u, 'another file by that name');
	t.equal(readFileSync(other, 'utf8'), 'of somebody\n');
	rmSync(other);
	rmSync(`${shared}/.twinpool-drill-20261128T000000Z`, {force: true});
	alpha.put('/proc/self/mountinfo', '36 35 0:9999 / /tank rw - zfs tank rw\n');
	t.match(await ask({}), /^\{"not":"ENOENT"\}\n$/u, 'something else is there');
	t.same(readdirSync(shared), []);
});
