import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import t from 'tap';
import {fencedLast, knownDown, lastFencing} from '../../lib/cluster/history.ts';
import {deadlineOf} from '../../lib/deadline.ts';
import {captured, cib, STATES} from '../fake/captured.ts';

const PATH = process.env['PATH'];
t.teardown(() => {
	process.env['PATH'] = PATH;
});

/** cibadmin and stonith_admin that say this. */
function tools(root: string, cibText: string, history: string, exits = {cibadmin: 0, stonith: 0}): void {
	mkdirSync(`${root}/bin`, {recursive: true});
	const tool = (name: string, text: string, exit: number): void => {
		writeFileSync(`${root}/${name}.txt`, text);
		writeFileSync(`${root}/bin/${name}`, `#!/bin/sh\ncat ${root}/${name}.txt\nexit ${exit}\n`);
		chmodSync(`${root}/bin/${name}`, 0o755);
	};
	tool('cibadmin', cibText, exits.cibadmin);
	tool('stonith_admin', history, exits.stonith);
	process.env['PATH'] = `${root}/bin:/bin:/usr/bin`;
}

const soon = (): ReturnType<typeof deadlineOf> => deadlineOf(20_000, performance.now());
const event = (words: string): string => `<fence_event target="bravo" ${words}/>`;
const history = (...events: string[]): string =>
	`<pacemaker-result><list name="fencing history" count="${events.length}">${events.join('')}</list></pacemaker-result>`;
const OFF = event('action="reboot" status="success" completed="2026-11-22 15:36:04Z"');

t.test('the state in the CIB decides, whatever the fencer remembers', async t => {
	const root = t.testdir({});
	for (const [bravo, down] of [
		['fenced', true],
		['down', false],
		['member', false],
		['joining', false],
		['stopped', false],
		['lost', false],
	] as const) {
		tools(root, cib({bravo}), history(OFF));
		const known = await knownDown('bravo', soon());
		t.equal(known.down, down, `${bravo}: ${known.why}`);
	}
	// An orderly end leaves a history in which everything was stopped.
	tools(
		root,
		cib({bravo: 'stopped'})
			.replace(STATES.stopped, STATES.down)
			.replace(
				/(<node_state id="2"[^>]*>)[\s\S]*?<\/node_state>/u,
				'$1<lrm><lrm_resources><lrm_resource id="tank"><lrm_rsc_op operation="stop" call-id="9" rc-code="0"/></lrm_resource></lrm_resources></lrm></node_state>',
			),
		history(),
	);
	t.match(await knownDown('bravo', soon()), {down: true, why: /good order/u});
	tools(root, cib({bravo: 'down'}), history());
	t.match(await knownDown('bravo', soon()), {down: false, why: /with .*vmstore.* still active/u}, 'it left with its resources running');
});

t.test('no state in the CIB: the fencing on record', async t => {
	const root = t.testdir({});
	tools(root, cib({bravo: 'absent'}), history(OFF));
	t.match(await knownDown('bravo', soon()), {down: true, why: /reboot, is success since 2026/u});
	tools(root, cib({bravo: 'absent'}), history());
	t.match(await knownDown('bravo', soon()), {down: false});
	tools(root, cib({bravo: 'absent', quorum: false}), history(OFF));
	t.match(await knownDown('bravo', soon()), {down: false, why: /forming/u}, 'no quorum: it may be among the others');
	tools(root, cib({bravo: 'absent'}).replace(/<status>[\s\S]*<\/status>/u, '<status/>'), history(OFF));
	t.match(await knownDown('bravo', soon()), {down: false, why: /forming/u}, 'this cluster is only forming');
	tools(root, cib({bravo: 'absent'}), history(OFF), {cibadmin: 0, stonith: 102});
	t.match(await knownDown('bravo', soon()), {down: false, why: /stonith_admin ended with 102/u});
	tools(root, cib({bravo: 'absent'}), 'garbage');
	t.match(await knownDown('bravo', soon()), {down: false});
});

t.test('the last fencing on record', async t => {
	t.equal(
		(await lastFencing('bravo', captured('stonith-history-xml-both').stdout)).down,
		captured('stonith-history-xml-both').stdout.includes('target="bravo"'),
	);
	t.equal(
		(await lastFencing('bravo', history(event('action="off" status="failed" completed="2026-11-22 16:00:00Z"'), OFF))).down,
		false,
		'a later one failed',
	);
	t.equal((await lastFencing('bravo', history(OFF, event('action="reboot" status="pending"')))).down, false, 'another one runs');
	t.equal(
		(await lastFencing('bravo', history(event('action="on" status="success" completed="2026-11-22 16:00:00Z"'), OFF))).down,
		false,
		'turned on again',
	);
	t.equal((await lastFencing('bravo', history(OFF.replace('bravo', 'alpha')))).down, false, 'another node');
});

t.test('two nodes, each fenced by the other: whoever was fenced last is found', async t => {
	const [short, all] = ['', 'verbose-'].map(how => captured(`stonith-history-${how}xml-drilled`).stdout);
	t.notMatch(short, 'target="bravo"', 'Pacemaker 2.1.5 leaves it out when it is not asked for everything');
	const root = t.testdir({
		stonith_admin: `#!/bin/sh\ncase " $* " in *" --verbose "*) cat <<'X'\n${all}X\n;; *) cat <<'X'\n${short}X\n;; esac\n`,
	});
	chmodSync(`${root}/stonith_admin`, 0o755);
	process.env['PATH'] = `${root}:/usr/bin:/bin`;
	t.same(await fencedLast(soon()), {node: 'bravo', at: '2026-11-30 20:34:03Z'});
});

t.test('no cluster, no tool, no such node', async t => {
	const root = t.testdir({});
	tools(root, '', '', {cibadmin: captured('down-cibadmin-query-local').exit, stonith: 1});
	t.match(await knownDown('bravo', soon()), {down: false, why: /no cluster is running on this host/u});
	tools(root, cib({bravo: 'fenced'}), history(OFF));
	t.match(await knownDown('charlie', soon()), {down: false, why: /knows no node charlie/u});
	process.env['PATH'] = '/nonexistent';
	t.match(await knownDown('bravo', soon()), {down: false, why: /cibadmin is not installed/u});
});
