// The quick look by /proc/drbd and what start remembers for it, against what the tools printed in the same moment.
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {deadlineOf} from '../../lib/deadline.ts';
import {facts} from '../../lib/drbd/events2.ts';
import {glance, shown, steady} from '../../lib/drbd/glance.ts';
import {health} from '../../lib/drbd/health.ts';
import {correct, forgetAbout, learned, recall, remember} from '../../lib/drbd/memory.ts';

const FOLDER = new URL('../fixture/drbd-8.4.11/', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, FOLDER), 'utf8');
const DUMP = text('alice/04-primary-uptodate/dump.txt');
const HANDLER = '"/root/h.sh fence-peer"';

t.beforeEach(async t => {
	const root = t.testdir({proc: {}});
	mkdirSync(`${root}/run`, {recursive: true});
	process.env['TWINPOOL_ROOT'] = root;
});
const kernel = (content: string): void => writeFileSync(`${process.env['TWINPOOL_ROOT']}/proc/drbd`, content);

t.test('a dump tells the minors and whether our handler is asked', async t => {
	t.same(learned(DUMP), {minors: [0, 1], asks: false}, "somebody else's handler");
	const ours = DUMP.replace(HANDLER, '/usr/lib/drbd/twinpool-fence-peer');
	t.same(learned(ours), {minors: [0, 1], asks: true});
	t.same(learned(DUMP.replace(HANDLER, '"/usr/lib/drbd/twinpool-fence-peer"')).asks, true);
	t.same(
		learned(DUMP.replace(HANDLER, '"/usr/lib/drbd/twinpool-fence-peer --timeout 5"')).asks,
		false,
		'with options it decides for itself',
	);
	t.same(learned(ours.replace('resource-and-stonith', 'dont-care')).asks, false, 'the kernel does not ask');
	t.same(learned(''), {minors: [], asks: false});
});

t.test('what was remembered comes back; garbage is nothing', async t => {
	t.equal(recall('vmstore'), undefined);
	remember('vmstore', {minors: [0, 1], asks: true});
	t.same(recall('vmstore'), {minors: [0, 1], asks: true});
	t.equal(recall('other'), undefined);
	writeFileSync(`${process.env['TWINPOOL_ROOT']}/run/twinpool/drbd-vmstore.json`, '{"minors": ["0"]}');
	t.equal(recall('vmstore'), undefined);
	forgetAbout('vmstore');
	t.equal(recall('vmstore'), undefined);
});

for (const node of ['alice', 'bob']) {
	for (const phase of readdirSync(new URL(node, FOLDER)).filter(name => /^\d/u.test(name))) {
		t.test(`${node} ${phase}: the quick look sees what events2 sees, or leaves it to events2`, async t => {
			kernel(text(`${node}/${phase}/proc-drbd.txt`));
			remember('vmstore', {minors: [0, 1], asks: false});
			const seen = glance('vmstore');
			const told = facts(text(`${node}/${phase}/events2-now.txt`), 'vmstore');
			t.equal(seen !== undefined, told !== undefined && steady(told), 'only what stands still');
			if (seen && told) {
				const {code, state} = health(seen, false);
				t.match({code, state}, {code: health(told, false).code, state: health(told, false).state});
				t.match(seen, {role: told.role, connection: told.connection, disk: told.disk, peerRole: told.peerRole, peerDisk: told.peerDisk});
				t.match(await shown(seen, deadlineOf(1000)), {source: 'proc', lines: [/^ 0: cs:/u, /^ 1: cs:/u]});
			}
		});
	}
}

t.test('no quick look without a memory, with another minor, or on 9', async t => {
	kernel(text('alice/04-primary-uptodate/proc-drbd.txt'));
	t.equal(glance('vmstore'), undefined);
	remember('vmstore', {minors: [0, 7], asks: false});
	t.equal(glance('vmstore'), undefined);
	remember('vmstore', {minors: [0, 1], asks: false});
	t.ok(glance('vmstore'));
	kernel(text('alice/04-primary-uptodate/proc-drbd.txt').replace('8.4.', '9.2.'));
	t.equal(glance('vmstore'), undefined);
});

t.test('minors that were moved by hand are learned anew, and what else start read stays', async t => {
	const seen = facts(text('alice/04-primary-uptodate/events2-now.txt'), 'vmstore');
	t.ok(seen);
	if (seen) {
		correct(seen);
		t.equal(recall('vmstore'), undefined, 'nothing was read in the configuration');
		remember('vmstore', {minors: [3], asks: true});
		correct(seen);
		t.same(recall('vmstore'), {minors: [0, 1], asks: true});
		correct({...seen, volumes: []});
		t.same(recall('vmstore'), {minors: [0, 1], asks: true});
	}
});
