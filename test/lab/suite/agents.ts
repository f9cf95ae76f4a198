/** What the distribution's own tools say about the agents, on a live node. */
import type {Checks, Suite} from '../checks.ts';
import {holder} from '../cluster.ts';
import {disks, pool, resource} from '../config.ts';
import {cluster} from '../ledger.ts';
import {whereSecondary, whereTaken} from '../refused.ts';
import {median, table} from '../report.ts';
import {sh} from '../ssh.ts';
import {oneOff, trial} from '../trial.ts';
import {until} from '../wait.ts';

const folder = '/usr/lib/ocf/resource.d';
const agents = ['drbd', 'zpool'] as const;

const schemas = {
	'ra-api-1.dtd': 'xmllint --noout --dtdvalid /usr/share/resource-agents/ra-api-1.dtd -',
	"resource-agents' metadata.rng": 'xmllint --noout --relaxng /usr/share/resource-agents/metadata.rng -',
	"pcs's ocf-1.0.rng": 'xmllint --noout --relaxng /usr/share/pcs/data/ocf-1.0.rng -',
	"pcs's ocf-1.1.rng": 'xmllint --noout --relaxng /usr/share/pcs/data/ocf-1.1.rng -',
};

async function metadata(checks: Checks): Promise<void> {
	for (const agent of agents) {
		const print = `OCF_ROOT=/usr/lib/ocf ${folder}/twinpool/${agent} meta-data`;
		for (const [name, lint] of Object.entries(schemas)) {
			await checks.check(`${agent}: metadata is valid for ${name}`, () =>
				sh('alpha', `${print} | sed '/<!DOCTYPE/d' >/tmp/metadata.xml && ${lint.replace(/-$/u, '/tmp/metadata.xml')}`),
			);
		}
		await checks.check(`${agent}: pcs resource describe shows it`, async () => {
			const text = await sh('alpha', `pcs resource describe ocf:twinpool:${agent}`);
			if (!text.includes(`ocf:twinpool:${agent}`)) {
				throw new Error(text);
			}
		});
		await checks.check(`${agent}: crm ra info shows it`, async () => {
			const text = await sh('alpha', `crm ra info ocf:twinpool:${agent}`);
			if (!/Parameters/u.test(text)) {
				throw new Error(text);
			}
		});
	}
}

/** What the distribution has for fence agents. */
async function stonith(checks: Checks): Promise<void> {
	await checks.check("fence_libvirt: metadata is valid for fence-agents' metadata.rng", () =>
		sh(
			'alpha',
			'fence_libvirt -o metadata >/tmp/metadata.xml && xmllint --noout --relaxng /usr/share/cluster/relaxng/metadata.rng /tmp/metadata.xml',
		),
	);
	await checks.check('fence_libvirt: stonith_admin, pcs and crm show it', async () => {
		for (const show of [
			'stonith_admin --metadata --agent fence_libvirt',
			'pcs stonith describe fence_libvirt',
			'crm ra info stonith:fence_libvirt',
		]) {
			const text = await sh('alpha', show);
			if (!/missing_as_off/u.test(text)) {
				throw new Error(`${show}: ${text}`);
			}
		}
	});
}

async function tester(checks: Checks): Promise<void> {
	await checks.need('a pool and a DRBD resource of their own on the spare disks', trial);
	await checks.check('zpool: start is refused where DRBD is Secondary, and on the disk below it', whereSecondary);
	await checks.check('zpool: start is refused where something else has the disk', () => whereTaken('trial'));
	await checks.check('zpool: ocf-tester passes', () => sh('alpha', `ocf-tester -n trial -o pool=trial ${folder}/twinpool/zpool`, 600));
	await checks.check('drbd: ocf-tester passes', () => sh('alpha', `ocf-tester -n trial ${oneOff} ${folder}/twinpool/drbd`, 600));
}

/** Milliseconds of one monitor, the median of seven, as the cluster calls it. */
async function monitorTime(node: 'alpha' | 'bravo', agent: string, parameters: string): Promise<number> {
	const meta =
		'OCF_RESKEY_CRM_meta_timeout=60000 OCF_RESKEY_CRM_meta_interval=15000 OCF_RESKEY_CRM_meta_clone_max=2 OCF_RESKEY_CRM_meta_notify=true';
	const call = `env OCF_ROOT=/usr/lib/ocf ${meta} ${parameters} ${folder}/${agent} monitor`;
	const once = `s=$(date +%s%N); ${call} >/dev/null 2>&1; r=$?; e=$(date +%s%N); echo $((e-s)) $r`;
	const lines = (await sh(node, `for i in 1 2 3 4 5 6 7; do ${once}; done`)).split('\n').map(line => line.split(' ').map(Number));
	const wrong = lines.find(([, exit]) => exit !== 0 && exit !== 8);
	if (wrong) {
		throw new Error(`${agent} monitor answered ${wrong[1]}`);
	}
	return median(lines.map(([time = 0]) => time / 1e6)) ?? 0;
}

async function monitors(checks: Checks): Promise<void> {
	const node = await until('the pool on a node', 60, holder);
	const drbd = `OCF_RESOURCE_INSTANCE=${resource}:0 OCF_RESKEY_drbd_resource=${resource}`;
	const zpool = `OCF_RESOURCE_INSTANCE=${pool} OCF_RESKEY_pool=${pool}`;
	const pairs = [
		{ours: 'twinpool/drbd', theirs: 'linbit/drbd', parameters: drbd, limit: 1},
		{ours: 'twinpool/zpool', theirs: 'heartbeat/ZFS', parameters: zpool, limit: Number.POSITIVE_INFINITY},
	];
	const rows = [['monitor, wall ms', 'ours', 'theirs', 'ratio']];
	for (const {ours, theirs, parameters, limit} of pairs) {
		await checks.check(`${ours}: a monitor's wall time${limit === 1 ? ` is at most ${theirs}'s` : ''}`, async () => {
			const [mine, others] = [await monitorTime(node, ours, parameters), await monitorTime(node, theirs, parameters)];
			rows.push([`${ours} / ${theirs}`, mine.toFixed(0), others.toFixed(0), (mine / others).toFixed(2)]);
			if (mine > others * limit) {
				throw new Error(`${mine.toFixed(0)} ms against ${others.toFixed(0)} ms`);
			}
		});
	}
	process.stdout.write(`${table(rows)}\n`);
}

export const agentSuite: Suite = {
	title: `the agents under the distribution's own tools (on ${disks.spare})`,
	async run(checks) {
		await cluster(checks, 'ours', 'disk');
		await metadata(checks);
		await stonith(checks);
		await monitors(checks);
		await tester(checks);
	},
};
