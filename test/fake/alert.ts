// A host on which Pacemaker calls the alert agent: a mail transport, the cluster's tools and a journal that write down what they get.
import {spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Test} from 'tap';
import {agent} from '../../agents/alert.ts';
import {main} from '../../lib/alert/agent.ts';
import {journalOf} from './journal.ts';

const PROGRAM = new URL('../../dist/root/usr/share/pacemaker/alerts/alert_twinpool', import.meta.url).pathname;

/** The attribute daemon's command: keeps a private attribute in a file, and says it as the real one does. */
const attrd = (root: string): string => `#!/bin/sh
D=${root}/attrd
[ -d "$D" ] || exit 102
for word; do
	case $word in --name=*) name=\${word#*=} ;; --node=*) node=\${word#*=} ;; --update=*) value=\${word#*=} ;; --delete) gone=1 ;; esac
done
if [ -n "$gone" ]; then rm -f "$D/$name.$node"; exit 0; fi
if [ -n "$value" ]; then echo "$value" >"$D/$name.$node"; exit 0; fi
[ -f "$D/$name.$node" ] || exit 105
read -r value <"$D/$name.$node"
echo "name=\\"$name\\" host=\\"$node\\" value=\\"$value\\""
`;
/** Keeps what it is given, one file a mail. */
const sendmail = (root: string): string => `#!/bin/sh
D=${root}
echo "$*" >>"$D/args"
cat >"$D/mail/$$.part" && mv "$D/mail/$$.part" "$D/mail/$$"
`;

export interface Ran {
	code: number | null;
	stderr: string;
	stdout: string;
	ms: number;
}

export interface Host {
	root: string;
	put(path: string, text: string, mode?: number): void;
	/** In this process: one call at a time. */
	run(env: Record<string, string>, argv?: string[]): Promise<Ran>;
	/** The built program. */
	start(env: Record<string, string>, argv?: string[]): Promise<Ran>;
	mails(): string[];
	/** The journal's lines, priority and text, as soon as there is one. */
	journal(): Promise<string[]>;
}

export const SPLIT = {
	CRM_alert_kind: 'attribute',
	CRM_alert_node: 'alpha',
	CRM_alert_attribute_name: 'twinpool-split-brain-vmstore',
	CRM_alert_attribute_value: '20261122T100000Z 0: 1A2B here, 3C4D there',
	CRM_alert_recipient: 'mail:ops@example.com',
	CRM_alert_timestamp_epoch: '1795341601',
	cluster: 'prod',
};
export const FAILURE = {
	CRM_alert_kind: 'resource',
	CRM_alert_node: 'alpha',
	CRM_alert_rsc: 'tank',
	CRM_alert_task: 'monitor',
	CRM_alert_interval: '10000',
	CRM_alert_status: '0',
	CRM_alert_rc: '1',
	CRM_alert_target_rc: '0',
	CRM_alert_desc: 'error',
	CRM_alert_timestamp_epoch: '1795341601',
	CRM_alert_timestamp_usec: '000001',
	CRM_alert_recipient: 'mail:ops@example.com',
	cluster: 'prod',
};

export function host(t: Test): Host {
	const root = mkdtempSync(join(tmpdir(), 'twinpool-alert-'));
	const put = (path: string, text: string, mode = 0o755): void => {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
		chmodSync(join(root, path), mode);
	};
	for (const folder of ['mail', 'attrd', 'run/crm', 'run/systemd/journal']) {
		mkdirSync(join(root, folder), {recursive: true});
	}
	put('usr/sbin/sendmail', sendmail(root));
	put('bin/attrd_updater', attrd(root));
	put('bin/crm_node', '#!/bin/sh\necho alpha\n');
	const here = {PATH: `${root}/bin:/bin:/usr/bin`, TWINPOOL_ROOT: root};
	const messages = journalOf(t, root);
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	return {
		root,
		put,
		async journal() {
			for (let times = 0; messages.length === 0 && times < 400; times += 1) {
				await sleep(5);
			}
			return messages.map(([, , priority, , , , , line]) => `${priority} ${line}`);
		},
		mails: () =>
			readdirSync(join(root, 'mail'))
				.filter(name => !name.endsWith('.part'))
				.map(name => readFileSync(join(root, 'mail', name), 'utf8')),
		async run(env, argv = []) {
			const begun = performance.now();
			Object.assign(process.env, here);
			const text = {stdout: '', stderr: ''};
			const write = {stdout: process.stdout.write, stderr: process.stderr.write};
			for (const name of ['stdout', 'stderr'] as const) {
				process[name].write = (chunk: string | Uint8Array) => {
					text[name] += chunk;
					return true;
				};
			}
			try {
				const code = await main(agent, argv, env);
				return {code, ...text, ms: performance.now() - begun};
			} finally {
				Object.assign(process.stdout, {write: write.stdout});
				Object.assign(process.stderr, {write: write.stderr});
			}
		},
		start: (env, argv = []) =>
			new Promise(resolve => {
				const begun = performance.now();
				// As the launcher does, where it has nothing to say.
				const child = spawn(process.execPath, [PROGRAM, ...argv], {env: {...here, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
				const text = {stdout: '', stderr: ''};
				for (const name of ['stdout', 'stderr'] as const) {
					child[name].setEncoding('utf8').on('data', (chunk: string) => {
						text[name] += chunk;
					});
				}
				child.on('close', code => resolve({code, ...text, ms: performance.now() - begun}));
			}),
	};
}

/** Another node of the same cluster: its own memory and mailbox, the same attribute daemons where `joined`. */
export function another(t: Test, first: Host, joined = true): Host {
	const second = host(t);
	second.put('bin/attrd_updater', joined ? attrd(first.root) : '#!/bin/sh\nexit 102\n');
	second.put('bin/crm_node', '#!/bin/sh\necho bravo\n');
	return second;
}

export const there = (pidFile: string): boolean => {
	const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : '';
	return pid !== '' && existsSync(`/proc/${pid}`) && !/\) Z/u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
};
