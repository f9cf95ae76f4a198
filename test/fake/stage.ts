// A host for one handler: a root with DRBD's and the journal's files, and the cluster's tools as scripts that say what a test wants.
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Test} from 'tap';
import {main} from '../../fence/handler.ts';
import {cib} from './captured.ts';
import {journalOf} from './journal.ts';

const TOOL = `#!/bin/sh
D=\${0%/bin/*}
tool=\${0##*/}
echo "$tool $*" >> "$D/log"
kind="$tool$1"
n=0; [ -f "$D/count$kind" ] && read n < "$D/count$kind"; n=$((n + 1)); echo $n > "$D/count$kind"
f="$D/$kind.$n"; [ -f "$f" ] || f="$D/$kind"
[ -f "$f" ] || exit 1
. "$f"
`;

/** What DRBD 8.4 gives fence-peer on alpha, as captured. */
export const ENV_84 = {DRBD_RESOURCE: 'vmstore', DRBD_MINOR: '0 1', DRBD_PEER: 'bravo', DRBD_PEERS: 'bravo', DRBD_CONF: '/etc/drbd.conf'};
/** The same of DRBD 9. */
export const ENV_9 = {
	DRBD_RESOURCE: 'vmstore',
	DRBD_MINOR: '0 1',
	DRBD_MY_NODE_ID: '0',
	DRBD_PEER_NODE_ID: '1',
	DRBD_NODE_ID_0: 'alpha',
	DRBD_NODE_ID_1: 'bravo',
	DRBD_CSTATE: 'NetworkFailure',
	UP_TO_DATE_NODES: '0x00000001',
};

export const proc = (...volumes: string[]): string =>
	`version: 8.4.11 (api:1/proto:86-101)\nsrcversion: B536C32A3EADA868561EFD9 \n${volumes
		.map(
			(words, minor) =>
				` ${minor}: ${words} C r-----\n    ns:0 nr:0 dw:12288 dr:1048508 al:12 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:8192\n`,
		)
		.join('')}`;
export const APART = 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown';
export const TOGETHER = 'cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate';

/** Without the mark of the run, which is another one each time. */
const unmarked = (text: string): string => text.replace(/\.[0-9a-z]{8,}-[0-9a-z]+(?=\\?["'])/gu, '');

export interface Stage {
	/** What a tool does at this call (any, without a number): shell words, `say FILE TEXT` made before. */
	on(tool: string, does: string, call?: number): void;
	/** A text for `cat "$D/NAME"`. */
	text(name: string, content: string): void;
	drbd(text: string): void;
	run(event: string, argv?: string[], env?: Record<string, string>): Promise<Run>;
	log(): string[];
	root: string;
}

export interface Run {
	code: number;
	/** The commands that were started, in order. */
	log: string[];
	/** The line in the journal. */
	trace: Record<string, unknown>;
	identifier: string;
	ms: number;
}

export function stage(t: Test): Stage {
	const root = mkdtempSync(join(tmpdir(), 'twinpool-fence-'));
	for (const folder of ['bin', 'proc/sys/kernel', 'run/systemd/journal']) {
		mkdirSync(join(root, folder), {recursive: true});
	}
	for (const tool of ['cibadmin', 'crmadmin', 'crm_node', 'crm_attribute', 'attrd_updater', 'stonith_admin', 'drbdsetup']) {
		writeFileSync(join(root, 'bin', tool), TOOL);
		chmodSync(join(root, 'bin', tool), 0o755);
	}
	writeFileSync(join(root, 'proc/sys/kernel/hostname'), 'alpha\n');
	writeFileSync(join(root, 'proc/drbd'), proc(APART, APART));
	const messages = journalOf(t, root);
	const before = {PATH: process.env['PATH'], TWINPOOL_ROOT: process.env['TWINPOOL_ROOT']};
	Object.assign(process.env, {PATH: `${root}/bin:/bin:/usr/bin`, TWINPOOL_ROOT: root});
	t.teardown(() => {
		process.env['PATH'] = before.PATH;
		delete process.env['TWINPOOL_ROOT'];
		rmSync(root, {recursive: true, force: true});
	});
	const log = (): string[] =>
		existsSync(join(root, 'log'))
			? unmarked(readFileSync(join(root, 'log'), 'utf8'))
					.trim()
					.split('\n')
			: [];
	return {
		root,
		log,
		on: (tool, does, call) => writeFileSync(join(root, `${tool}${call === undefined ? '' : `.${call}`}`), does),
		text: (name, content) => writeFileSync(join(root, name), content),
		drbd: text => writeFileSync(join(root, 'proc/drbd'), text),
		async run(event, argv = [], env = ENV_84) {
			const begun = performance.now();
			const code = await main(`twinpool-${event}`, argv, env);
			const ms = performance.now() - begun;
			await new Promise(resolve => void setTimeout(resolve, 20));
			const [identifier = '', , , , , , , line = '{}'] = messages.at(-1) ?? [];
			return {code, log: log(), trace: JSON.parse(unmarked(line)) as Record<string, unknown>, identifier, ms};
		},
	};
}

type Change = NonNullable<Parameters<typeof cib>[0]>;
/** A cluster that shows these CIBs, one a read, the last one for ever, each with the constraint that was written since, and takes every write. */
export function cluster(host: Stage, ...changes: Change[]): void {
	changes.forEach((change, index) => {
		host.text(`cib${index + 1}.xml`, cib(change));
		const shows = `c="$D/cib${index + 1}.xml"
if [ -f "$D/placed" ]; then sed -e 's|<rsc_location [^>]*id="drbd-fence.*</rsc_location>||' -e "s|</constraints>|$(cat "$D/placed")</constraints>|" "$c"; else cat "$c"; fi`;
		host.on('cibadmin-Q', shows, index + 1);
		host.on('cibadmin-Q', shows);
	});
	host.on('cibadmin-C', 'printf %s "$5" >"$D/placed"');
	host.on('cibadmin-D', 'rm -f "$D/placed"');
	host.on('cibadmin-R', 'printf %s "$5" >"$D/placed"');
	host.on('crmadmin-S', 'echo "Controller on $2 in state S_NOT_DC: ok"');
}
