// A start on a volume that is served a moment later, or never.
import {chmodSync, readlinkSync, rmSync} from 'node:fs';
import t from 'tap';
import {domain, type Libvirt, libvirt, uuid} from '../fake/libvirtd.ts';
import {slowness} from '../fake/slowness.ts';

const STORE = '/tank/.twinpool/guests';
t.setTimeout(120_000);

/** A tool that a volume without enough copies answers so many times, in the words of a client of Gluster 10.3. */
function unserved(here: Libvirt, tool: string, times: number, path: string): void {
	const real = readlinkSync(`${here.root}/bin/${tool}`);
	rmSync(`${here.root}/bin/${tool}`);
	here.put(
		`/bin/${tool}`,
		`#!/bin/sh
read -r n <${here.root}/refused-${tool}
[ "$n" -ge ${times} ] && exec ${real} "$@"
echo $((n + 1)) >${here.root}/refused-${tool}
echo "${tool}: '${path}': Transport endpoint is not connected" >&2
exit 1
`,
	);
	here.put(`/refused-${tool}`, '0\n');
	chmodSync(`${here.root}/bin/${tool}`, 0o755);
}

function survivor(t: Parameters<typeof libvirt>[0]): Libvirt {
	const here = libvirt(t);
	here.put(`${STORE}/${uuid(1)}.xml`, domain(1, 'web', '/tank/vm/web.img'));
	return here;
}

t.test('a volume that is not served yet is waited for', async t => {
	for (const tool of ['find', 'cp']) {
		const here = survivor(t);
		unserved(here, tool, 3, STORE);
		const {code, stderr} = await here.act('start');
		t.equal(code, 0, `${tool}: ${stderr}`);
		t.equal(stderr.match(/waiting for the storage: /gu)?.length, 1, `${tool}: said once`);
		t.equal(here.state(1), '1 1');
	}
});

t.test('for half of the time that there is', async t => {
	const here = survivor(t);
	unserved(here, 'find', 1000, STORE);
	const {code, reason, ms} = await here.act('start', {OCF_RESKEY_CRM_meta_timeout: '8000'});
	t.equal(code, 1);
	t.match(reason, [/ cannot be (read|seen): /u]);
	t.ok(ms < 6000 * slowness(), `${Math.round(ms)} ms`);
	t.equal(here.state(1), '', 'and nothing was started');
});
