import {OCF, OcfError} from '../ocf/codes.ts';

/** heartbeat:ZFS's `importargs`, taken apart: what we decide ourselves is lifted out of it, the rest goes to zpool as it is. */
export interface ImportArgs {
	/** Values of `-d`: devices, or folders with devices. */
	search: string[];
	/** `-c FILE` or `-s`: zpool finds the devices its own way. */
	own: boolean;
	force: boolean;
	keys: boolean;
	rest: string[];
}

const WITH_VALUE = 'cdoRT';
const PLAIN = 'fFlmNnsXtD';

/** @throws {OcfError} 6 for a word that `zpool import` would take for a pool's name, and for options that it does not have */
export function importArgs(line: string): ImportArgs {
	const words = line.split(/\s+/u).filter(Boolean);
	const args: ImportArgs = {search: [], own: false, force: false, keys: false, rest: []};
	for (let word = words.shift(); word !== undefined; word = words.shift()) {
		if (/^--[a-z][a-z-]+$/u.test(word)) {
			args.rest.push(word);
			continue;
		}
		const [, plain = '', option, attached] = new RegExp(`^-([${PLAIN}]*)(?:([${WITH_VALUE}])(.*))?$`, 'u').exec(word) ?? [];
		if (plain === '' && option === undefined) {
			throw new OcfError(OCF.ERR_CONFIGURED, `parameter importargs: expected options of "zpool import", got "${word.slice(0, 60)}"`);
		}
		for (const letter of plain) {
			single(args, letter);
		}
		if (option !== undefined) {
			const value = attached || words.shift();
			if (value === undefined) {
				throw new OcfError(OCF.ERR_CONFIGURED, `parameter importargs: -${option} needs a value`);
			}
			valued(args, option, value);
		}
	}
	return args;
}

function single(args: ImportArgs, letter: string): void {
	if (letter === 'f') {
		args.force = true;
	} else if (letter === 'l') {
		args.keys = true;
	} else {
		args.own ||= letter === 's';
		args.rest.push(`-${letter}`);
	}
}

function valued(args: ImportArgs, option: string, value: string): void {
	if (option === 'd') {
		args.search.push(value);
	} else if (option !== 'o' || !value.startsWith('cachefile=')) {
		// No cachefile but ours: one that outlives a failover imports the pool twice after a reboot.
		args.own ||= option === 'c';
		args.rest.push(`-${option}`, value);
	}
}
