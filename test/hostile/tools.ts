// What tools and kernels print, and what happened to it on the way.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import t from 'tap';
import {figures} from '../../lib/cli/bench-fio.ts';
import {drilled} from '../../lib/cli/bench-report.ts';
import {parseCib} from '../../lib/cluster/cib.ts';
import {clonesOf, fences, standing} from '../../lib/cluster/constraint.ts';
import {lastFencing} from '../../lib/cluster/history.ts';
import {leaseIn, leases} from '../../lib/cluster/lease.ts';
import {movedWith, obstacles, operations} from '../../lib/cluster/preflight.ts';
import {attributesOf, recorded} from '../../lib/cluster/recorded.ts';
import {below, parseXml} from '../../lib/cluster/xml.ts';
import {allowsTwoPrimaries} from '../../lib/drbd/config.ts';
import {facts, line, resources} from '../../lib/drbd/events2.ts';
import {health} from '../../lib/drbd/health.ts';
import {majorVersion, outOfSync, procFacts, progressOf} from '../../lib/drbd/proc.ts';
import {score} from '../../lib/drbd/score.ts';
import {fold, type Table, torn} from '../../lib/drbd/stream.ts';
import {meetings, shown} from '../../lib/fence/generations.ts';
import {domainOf, domainsOf, guestsOf, processOf} from '../../lib/fence/libvirt/domain.ts';
import {detailOf, fault} from '../../lib/fence/libvirt/fault.ts';
import {peersIn} from '../../lib/fence/peers.ts';
import {relation} from '../../lib/fence/relation.ts';
import {dumped} from '../../lib/fence/volumes.ts';
import {healFiles, healSummary, peers, statusRows} from '../../lib/gluster/xml.ts';
import {documents as domains, listed, surveyed, unreachable} from '../../lib/guests/virsh.ts';
import {LABEL, label} from '../../lib/vdev/label.ts';
import {poolStatus} from '../../lib/vdev/status.ts';
import {holdsOut} from './check.ts';
import {bytes, captures, documents, texts} from './inputs.ts';

t.jobs = 1;
const SCALE = [5, 10, 1000, 10_000] as const;

/** In the words of drbd_uuid_dump. */
const LOG = `6,200,98000000,-;block drbd0: drbd_sync_handshake:
6,201,98000001,-;block drbd0: self 5C3B9A1D7E2F4A60:0000000000000000:1B7D3F5A9C2E4860:0000000000000004 bits:768 flags:0
6,202,98000002,-;block drbd0: peer 9D1C3B5A7F2E4C61:0000000000000000:1B7D3F5A9C2E4860:0000000000000004 bits:1024 flags:0
6,203,98000003,-;block drbd0: uuid_compare()=100 by rule 90
6,204,98000004,-;drbd vmstore/1 drbd1 bravo: drbd_sync_handshake:
`;

t.test('DRBD', async t => {
	await holdsOut(t, 'drbdsetup events2', texts(captures(/^drbd-[89].*events2[^/]*\.txt$/u)), text => {
		const seen = facts(text, 'vmstore');
		return seen && [health(seen, true), score(seen, SCALE, true)];
	});
	await holdsOut(t, '/proc/drbd', texts(captures(/^drbd-8.*proc[^/]*\.txt$/u)), text => {
		const seen = majorVersion(text) === 8 ? procFacts(text, 'vmstore', [0, 1]) : undefined;
		return [seen && health(seen, true), outOfSync(text, [0, 1]), progressOf(text)];
	});
	await holdsOut(
		t,
		'a stream of events2',
		texts(captures(/^drbd-[89].*events2\.log$/u).map(text => text.replaceAll(/^\d{4}-\S+ /gmu, ''))),
		text => {
			const table: Table = new Map();
			for (const event of text.split('\n').map(line)) {
				if (typeof event === 'object') {
					fold(table, event);
				}
			}
			return [resources([...table.values()]).map(seen => health(seen, true)), torn(table)];
		},
	);
	await holdsOut(t, "the kernel's log", texts([LOG]), text => meetings(text, 'vmstore', [0, 1]));
	await holdsOut(t, 'drbdadm show-gi', texts(captures(/^drbd-[89].*\/show-gi\.txt$/u)), text => {
		const [one, two] = shown(text, [0, 1]);
		return one?.self && two?.self && relation(one.self, two.self);
	});
	await holdsOut(t, 'drbdadm dump', texts(captures(/^drbd-[89].*\/dump\.txt$/u)), text => [
		allowsTwoPrimaries(text),
		peersIn(text),
		dumped(text),
	]);
});

t.test('ZFS', async t => {
	await holdsOut(t, 'zpool status', texts(captures(/status\.txt$/u)), poolStatus);
	const labels = ['zpool/drbd0.label.gz', 'open-iscsi-2.1.8/alpha.label.gz', 'open-iscsi-2.1.8/bravo.label.gz'].map(name =>
		gunzipSync(readFileSync(new URL(`../fixture/${name}`, import.meta.url))).subarray(0, LABEL),
	);
	await holdsOut(t, 'a label', bytes(labels), one => label(one));
	let known = 0;
	// Behind the checksum, which a change does not survive: whoever can write to the disk writes a new one.
	await holdsOut(t, 'a label whose checksum is right', bytes(labels.map(one => one.subarray(16 * 1024, 20 * 1024))), async changed => {
		const one = Buffer.from(labels[0] as Buffer);
		changed.copy(one, 16 * 1024);
		const seen = await label(signed(one));
		known += seen ? 1 : 0;
		return seen;
	});
	t.ok(known > 100, `${known} of them were labels`);
});

/** With the SHA-256 that the label's end has of all before it, as ZFS writes it on a little-endian host. */
function signed(one: Buffer): Buffer {
	const end = 128 * 1024;
	const verifier = Buffer.alloc(32);
	verifier.writeBigUInt64LE(16n * 1024n);
	const digest = createHash('sha256')
		.update(one.subarray(16 * 1024, end - 32))
		.update(verifier)
		.digest();
	digest.swap64().copy(one, end - 32);
	return one;
}

t.test('Pacemaker', async t => {
	const scheme = {prefix: 'drbd-fence-by-handler', resource: 'vmstore', clone: 'vmstore-clone', attribute: '#uname', role: 'Master'};
	await holdsOut(t, 'the CIB', documents(captures(/^(cib\/.*\.xml|pacemaker.*\/cib-.*\.json)$/u)), async text => {
		const cib = await parseCib(text);
		const moved = movedWith(cib, 'tank');
		const drill = [moved && obstacles(cib, moved), operations(cib, 0)];
		return [
			drill,
			cib.nodes.map(recorded),
			clonesOf(cib, 'vmstore'),
			standing(cib, scheme),
			leaseIn(cib, 'tank'),
			leases(cib),
			fences(cib),
			cib.nodes.map(attributesOf),
		];
	});
	await holdsOut(t, 'stonith_admin --history', documents(captures(/^pacemaker.*\/.*history-.*xml.*\.json$/u)), text =>
		lastFencing('bravo', text),
	);
});

t.test('Gluster', async t => {
	const answers = documents(captures(/^gluster.*\/(heal|peer|status|volume).*\.json$/u));
	for (const parse of [healSummary, healFiles, statusRows, peers]) {
		await holdsOut(t, parse.name, answers, parse);
	}
});

t.test('libvirt', async t => {
	const shell = texts(captures(/^libvirt-9\.0\.0\/.*\.json$/u));
	await holdsOut(t, 'virsh over ssh', shell, text => [
		domainOf(text),
		domainsOf(text),
		guestsOf(text),
		processOf(text, {name: 'web'}),
		detailOf(text.split('\n')),
		fault({name: 'qemu:///system'} as Parameters<typeof fault>[0], text),
	]);
	await holdsOut(t, 'virsh list and domstats', texts(captures(/^libvirt-9\.0\.0-guests\/(survey|list).*\.json$/u)), text => [
		surveyed(text),
		listed(text),
		unreachable(text),
	]);
	await holdsOut(t, 'virsh dumpxml', documents(captures(/^libvirt-9\.0\.0-guests\/.*(dumpxml|definition|status).*$/u)), async text =>
		(await Promise.all(domains(text).map(parseXml))).map(root => [...below(root)].length),
	);
});

t.test('fio, and what a drill left', async t => {
	await holdsOut(t, 'fio', texts(captures(/^fio-3\.33\/(read|write)\.json$/u)), text =>
		figures(text, text.includes('"randwrite"') ? 'write' : 'read'),
	);
	const drill =
		'{"pool":"tank","legs":[{"from":"a","to":"b","how":"power","asked":1,"gap":{"from":1000,"to":16400},"whole":40000}],"lost":[]}';
	await holdsOut(t, 'a drill', texts([drill]), drilled);
});
