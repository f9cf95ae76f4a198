/**
 * What the kernel tells of DRBD while the lab does something else, for the replay in test/drbd/surprise.ts: a file for each stream, as one
 * ends with its node's power, or with the module. And what agents and keepers saw, for that in test/recorded.ts.
 */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {nodes, transcript} from '../config.ts';
import {say} from '../report.ts';
import {put, sh} from '../ssh.ts';

const FOLDER = '/var/log/lab-events2';
const UNIT = 'lab-events2.service';
const fixtures = join(import.meta.dirname, '..', '..', 'fixture', 'transcripts');

/** From now on, over boots too. */
export async function keepStreams(): Promise<void> {
	const unit = `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c 'exec drbdsetup events2 --timestamps all >${FOLDER}/$$(date +%%s%%N).log'
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`;
	for (const node of nodes) {
		await put(node, `/etc/systemd/system/${UNIT}`, unit);
		await sh(node, `mkdir -p ${FOLDER}; systemctl daemon-reload; systemctl enable --now ${UNIT}`);
		say(`  ${node} keeps what DRBD tells`);
	}
}

/** What was told of something is a fixture; what told of nothing is left. */
export async function collectStreams(): Promise<void> {
	await mkdir(fixtures, {recursive: true});
	for (const node of nodes) {
		await sh(node, `systemctl disable --now ${UNIT}`);
		for (const name of (await sh(node, `ls ${FOLDER}`)).split('\n').filter(Boolean)) {
			const text = await sh(node, `cat ${FOLDER}/${name}`, 60);
			if (/ change /u.test(text)) {
				await writeFile(join(fixtures, `${node}-${name}`), text);
			}
		}
		await sh(node, `rm -r ${FOLDER}`);
	}
}

/** Every look of a machine that was written down, by the name of the suite that was the reason for it. */
export async function collectLooks(suite: string): Promise<void> {
	await mkdir(fixtures, {recursive: true});
	for (const node of nodes) {
		await writeFile(join(fixtures, `${suite}-${node}.looks`), `${await sh(node, `grep '"machine":' ${transcript}`, 60)}\n`);
	}
}
