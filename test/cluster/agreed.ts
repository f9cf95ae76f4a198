// Whether a lease is agreed upon, by what cibadmin says one time after the other.
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import t, {type Test} from 'tap';
import {unshown} from '../../lib/cluster/agreed.ts';
import {leaseText, parseLease} from '../../lib/cluster/lease.ts';
import {deadlineOf} from '../../lib/deadline.ts';
import {cib} from '../fake/captured.ts';

const PATH = process.env['PATH'];
t.teardown(() => {
	process.env['PATH'] = PATH;
});

const LEASE = parseLease('epoch=2 holder=alpha pool=1 current=1 behind=2@9');
type Bravo = NonNullable<NonNullable<Parameters<typeof cib>[0]>['bravo']>;
const seen = (bravo: Bravo, lease = leaseText(LEASE)): string =>
	cib({bravo}).replace(
		'</crm_config>',
		`<cluster_property_set id="twinpool-lease-tank"><nvpair id="twinpool-lease-tank-value" name="twinpool-lease-tank" value="${lease}"/></cluster_property_set></crm_config>`,
	);

/** What is said when the CIB is these, one after the other, the last one from then on; and how often it was read. */
async function said(t: Test, ...looks: string[]): Promise<{why: string | undefined; reads: number}> {
	const root = t.testdir({});
	mkdirSync(`${root}/bin`);
	for (const [index, text] of looks.entries()) {
		writeFileSync(`${root}/${index + 1}.xml`, text);
	}
	writeFileSync(`${root}/reads`, '0');
	writeFileSync(
		`${root}/bin/cibadmin`,
		`#!/bin/sh\nn=$(($(cat ${root}/reads) + 1)); echo $n >${root}/reads; [ $n -le ${looks.length} ] || n=${looks.length}; cat ${root}/$n.xml\n`,
	);
	chmodSync(`${root}/bin/cibadmin`, 0o755);
	process.env['PATH'] = `${root}/bin:/bin:/usr/bin`;
	const why = await unshown('tank', LEASE, 'alpha', deadlineOf(60_000, performance.now()));
	return {why, reads: Number(readFileSync(`${root}/reads`, 'utf8'))};
}

t.test('who is lost is fenced in a moment, and not waited for any longer', async t => {
	t.same(await said(t, seen('lost'), seen('lost'), seen('fenced')), {why: undefined, reads: 3});
});

t.test('who stays lost is', async t => {
	const {why, reads} = await said(t, seen('lost'));
	t.equal(why, 'writes wait: bravo is lost and not fenced: it may be about to import its half');
	t.ok(reads > 1, `${reads} times`);
});

t.test('nothing is waited for that does not come', async t => {
	t.match(await said(t, seen('joining')), {why: /bravo is only joining/u, reads: 1});
	t.match(await said(t, seen('lost', 'epoch=3 holder=bravo pool=1 current=2 behind=1@9')), {why: /bravo is lost/u, reads: 1});
	t.match(await said(t, seen('fenced', 'epoch=3 holder=bravo pool=1 current=2 behind=1@9')), {why: /was changed meanwhile/u, reads: 1});
});
