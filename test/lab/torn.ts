/** A volume torn in two with gluster's own defaults, named file by file, and made whole by the command. */
import {brick, type Node, other, volume, volumeMount} from './config.ts';
import {say} from './report.ts';
import {ask, both, sh} from './ssh.ts';

/** What each file has on either side. */
const TEXTS = {alpha: 'written by alpha\n', bravo: 'written by bravo, and longer\n'} as const;

export const before = (node: Node): Promise<string> =>
	sh(node, `echo whole >${volumeMount}/torn; echo whole >${volumeMount}/whole; sync`, 60);

/** Both sides write while they do not see each other: one file that both had, one that both make. */
export const tear = (node: Node): Promise<string> =>
	sh(
		node,
		`for name in torn made; do printf '${TEXTS[node]}' | timeout -k 1 120 dd of=${volumeMount}/$name conv=fsync status=none; done`,
		300,
	);

interface Told {
	fenced?: {node: string; at: string};
	current?: string[];
	files: {file: string; how: string[]; sides: {host: string; copy: {size: number; modified: string}}[]}[];
}

/** Named with both copies; the copy of one node is taken, and the other one's is in the snapshot. */
export async function mend(node: Node, keep: Node): Promise<void> {
	const {stdout, exit} = await ask(node, `twinpool split-brain ${volume} --json`, 120);
	const told = JSON.parse(stdout) as Told;
	const sizes = (file: string): string =>
		told.files
			.find(one => one.file === file)
			?.sides.map(({host, copy}) => `${host} ${copy.size}`)
			.sort()
			.join(', ') ?? 'not named';
	const wanted = `alpha ${TEXTS.alpha.length}, bravo ${TEXTS.bravo.length}`;
	say(
		`  ${told.files.map(({file, how}) => `${file} (${how.join(', ')})`).join(', ')}; fenced last: ${told.fenced?.node}; lease: ${told.current}`,
	);
	if (exit !== 1 || sizes('/torn') !== wanted || sizes('/made') !== wanted || told.files.some(({file}) => file === '/whole')) {
		throw new Error(`exit ${exit}; /torn: ${sizes('/torn')}; /made: ${sizes('/made')}; wanted ${wanted}`);
	}
	const done = await ask(node, `twinpool split-brain ${volume} --keep ${keep} --yes`, 300);
	say(`  ${done.stdout.trim().replaceAll('\n', '\n  ')}`);
	if (done.exit !== 0) {
		throw new Error(`it ended with ${done.exit}: ${done.stderr}`);
	}
	const lost = other(keep);
	const set = await sh(node, `twinpool snapshot list ${volume} --before-split-brain | tail -1`, 60);
	for (const name of ['torn', 'made']) {
		const now = await both(one => sh(one, `cat ${volumeMount}/${name}`, 60));
		const was = await sh(
			lost,
			`cat ${brick.replace(`/${volume}`, '')}/.zfs/snapshot/twinpool-split-brain-volume-${volume}-${set}/${volume}/${name}`,
			60,
		);
		if (now.some(text => text !== TEXTS[keep].trim()) || was !== TEXTS[lost].trim()) {
			throw new Error(`${name}: ${now.join(' and ')}; in the snapshot: ${was}`);
		}
	}
}
