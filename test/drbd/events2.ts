import {readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {facts, line, NotEvents2} from '../../lib/drbd/events2.ts';
import {CONNECTIONS, DISKS} from '../../lib/drbd/states.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;
const dump = (version: string, node: string, phase: string, file = 'events2-now.txt'): string =>
	readFileSync(`${FIXTURES}${version}/${node}/${phase}/${file}`, 'utf8');

t.test('every captured phase of both versions is understood, word for word', async t => {
	for (const version of ['drbd-8.4.11', 'drbd-9.2.8']) {
		for (const node of ['alice', 'bob']) {
			for (const phase of readdirSync(`${FIXTURES}${version}/${node}`).filter(name => /^\d/u.test(name))) {
				const text = dump(version, node, phase);
				const seen = facts(text, 'vmstore');
				const said = /connection:(\w+)/u.exec(text)?.[1];
				t.equal(seen?.connection, said, `${version} ${node} ${phase}: connection`);
				t.equal(seen?.volumes.length, said && 2, `${version} ${node} ${phase}: volumes`);
				t.equal(seen?.role, /resource .* role:(\w+)/u.exec(text)?.[1], `${version} ${node} ${phase}: role`);
			}
		}
	}
});

t.test('the words that matter for a failover', async t => {
	t.match(facts(dump('drbd-8.4.11', 'alice', '05-link-cut'), 'vmstore'), {
		role: 'Primary',
		connection: 'Connecting',
		disk: 'UpToDate',
		peerDisk: 'Outdated',
		peerRole: 'Unknown',
		suspended: 'no',
	});
	t.match(facts(dump('drbd-8.4.11', 'bob', '14-outdated'), 'vmstore'), {role: 'Secondary'});
	t.match(facts(dump('drbd-9.2.8', 'alice', '06-resync'), 'vmstore'), {
		peerDisk: 'Inconsistent',
		volumes: [{replication: 'SyncSource', quorum: true, client: false}, {}],
	});
	t.equal(facts(dump('drbd-8.4.11', 'alice', '00-down'), 'vmstore'), undefined, 'down is not configured');
	t.equal(facts(dump('drbd-8.4.11', 'alice', '04-primary-uptodate'), 'other'), undefined, 'another resource is not ours');
	t.match(facts(dump('drbd-9.2.8', 'alice', '04-primary-uptodate', 'events2-now-statistics.txt'), 'vmstore')?.volumes[0], {inSync: 100});
});

t.test('a resource is as good as its worst volume', async t => {
	const text = dump('drbd-8.4.11', 'alice', '04-primary-uptodate').replace(
		'volume:1 minor:1 disk:UpToDate',
		'volume:1 minor:1 disk:Inconsistent',
	);
	t.equal(facts(text, 'vmstore')?.disk, 'Inconsistent');
});

t.test('a word that we do not know is taken for the worst', async t => {
	const text = dump('drbd-9.2.8', 'alice', '04-primary-uptodate');
	t.equal(facts(text.replaceAll(' disk:UpToDate', ' disk:Splendid'), 'vmstore')?.disk, 'Diskless');
	t.equal(facts(text.replaceAll('peer-disk:UpToDate', 'peer-disk:Splendid'), 'vmstore')?.peerDisk, 'DUnknown');
	t.equal(facts(text.replace('connection:Connected', 'connection:Splendid'), 'vmstore')?.connection, 'StandAlone');
	t.equal(facts(text.replace('role:Secondary', 'role:Splendid'), 'vmstore')?.peerRole, 'Primary', 'a peer that might write');
	t.equal(facts(text.replace('role:Primary', 'role:Splendid'), 'vmstore')?.role, 'Primary', 'we that might write');
});

t.test('what is no dump is refused, never read as "down"', async t => {
	for (const text of ['', 'garbage', 'exists resource name:vmstore role:Primary suspended:no\n', '\u0000\u0001']) {
		t.throws(() => facts(text, 'vmstore'), NotEvents2, JSON.stringify(text));
	}
	t.equal(line('exists -'), 'ready');
	t.equal(line(''), undefined);
});

t.test('every word of the whole captured event streams is known', async t => {
	for (const version of ['drbd-8.4.11', 'drbd-9.2.8']) {
		for (const node of ['alice', 'bob']) {
			const text = readFileSync(`${FIXTURES}${version}/${node}/events2.log`, 'utf8');
			const words = (key: string): string[] => [...text.matchAll(new RegExp(`[ -]${key}:([A-Za-z]+)`, 'gu'))].map(([, word = '']) => word);
			t.same(
				words('disk').filter(word => !(DISKS as readonly string[]).includes(word)),
				[],
				`${version} ${node}: disks`,
			);
			t.same(
				words('connection').filter(word => !(CONNECTIONS as readonly string[]).includes(word)),
				[],
				`${version} ${node}: connections`,
			);
		}
	}
});
