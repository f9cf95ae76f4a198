// The whole captured streams of both versions, event by event: they come to what a look showed at the time.
import {readdirSync, readFileSync} from 'node:fs';
import t from 'tap';
import {facts, type Line, line, resources} from '../../lib/drbd/events2.ts';
import type {Facts} from '../../lib/drbd/states.ts';
import {fold, type Table, torn} from '../../lib/drbd/stream.ts';

const FIXTURES = new URL('../fixture/', import.meta.url).pathname;

/** Every event, without the time that the capture has before it. */
const events = (text: string): (Line | 'ready')[] => text.split('\n').flatMap(said => line(said.replace(/^\d{4}-\S+ /u, '')) ?? []);

/** What a state is, without what moves while it lasts. */
const plain = (seen: Facts | undefined): string =>
	JSON.stringify(
		seen && {
			...seen,
			volumes: [...seen.volumes]
				.sort((one, other) => one.volume - other.volume)
				.map(({volume, minor, disk, peerDisk, replication, quorum, client}) => [
					volume,
					minor,
					disk,
					peerDisk,
					replication,
					quorum,
					client,
				]),
		},
	);

for (const version of ['drbd-8.4.11', 'drbd-9.2.8']) {
	for (const node of ['alice', 'bob']) {
		t.test(`${version} ${node}`, async t => {
			const folder = `${FIXTURES}${version}/${node}`;
			const table: Table = new Map();
			const passed: string[] = [];
			for (const event of events(readFileSync(`${folder}/events2.log`, 'utf8'))) {
				if (event !== 'ready') {
					fold(table, event);
					passed.push(plain(resources([...table.values()])[0]));
				}
			}
			let from = 0;
			const phases = readdirSync(folder)
				.filter(name => /^\d/u.test(name))
				.sort();
			for (const phase of phases) {
				const seen = facts(readFileSync(`${folder}/${phase}/events2-now.txt`, 'utf8'), 'vmstore');
				if (seen === undefined) {
					continue;
				}
				const at = passed.indexOf(plain(seen), from);
				t.ok(at >= 0, `${phase} is passed, in its turn: ${plain(seen)}`);
				from = Math.max(from, at);
			}
			t.ok(phases.length > 10);
			t.same([...table.keys()], [], 'and when the resource is gone, nothing of it is left');
		});
	}
}

const says = (table: Table, ...lines: string[]): void => {
	for (const said of lines) {
		const event = line(said);
		if (event && event !== 'ready') {
			fold(table, event);
		}
	}
};

t.test('what goes takes with it what belongs to it', async t => {
	const table: Table = new Map();
	says(
		table,
		'exists resource name:a role:Primary suspended:no',
		'exists resource name:b role:Secondary suspended:no',
		'exists connection name:a peer-node-id:1 conn-name:x connection:Connected role:Secondary',
		'exists device name:a volume:0 minor:0 disk:UpToDate',
		'exists device name:a volume:1 minor:1 disk:UpToDate',
		'exists peer-device name:a peer-node-id:1 conn-name:x volume:0 replication:Established peer-disk:UpToDate',
		'exists peer-device name:a peer-node-id:1 conn-name:x volume:1 replication:Established peer-disk:UpToDate',
		'exists path name:a peer-node-id:1 conn-name:x local:ipv4:1.1.1.1:1 peer:ipv4:1.1.1.2:1 established:yes',
	);
	says(table, 'destroy device name:a volume:1 minor:1');
	t.equal(resources([...table.values()])[0]?.volumes.length, 1);
	t.equal(table.size, 6);
	says(table, 'destroy connection name:a peer-node-id:1 conn-name:x');
	t.match(resources([...table.values()])[0], {connection: 'StandAlone', peerDisk: 'DUnknown'});
	t.equal(table.size, 3);
	const names = (): Set<string> => new Set(resources([...table.values()]).map(({name}) => name));
	says(table, 'rename resource name:a new_name:c');
	t.same(names(), new Set(['b', 'c']));
	says(table, 'destroy resource name:c');
	t.same(names(), new Set(['b']));
	t.equal(table.size, 1);
});

t.test('the kernel calls for help, once, until the two are together again', async t => {
	const table: Table = new Map();
	says(
		table,
		'exists resource name:a role:Primary suspended:no',
		'call helper name:a peer-node-id:0 conn-name:peer volume:0 minor:0 helper:initial-split-brain',
	);
	t.same(torn(table), [], 'DRBD may settle it by its policies');
	says(
		table,
		'call helper name:a peer-node-id:0 conn-name:peer volume:0 minor:0 helper:split-brain',
		'change connection name:a peer-node-id:0 conn-name:peer connection:StandAlone',
	);
	t.same(torn(table), ['a']);
	says(table, 'destroy device name:a volume:0 minor:0', 'destroy connection name:a peer-node-id:0 conn-name:peer');
	t.same(torn(table), ['a'], 'it goes with nothing but the resource');
	says(table, 'change connection name:a peer-node-id:0 conn-name:peer connection:Connected');
	t.same(torn(table), []);
});
