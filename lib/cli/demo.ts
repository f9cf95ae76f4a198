import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {timeline, verdict} from '../demo/show.ts';
import {FAULTS, type FaultName, tell} from '../demo/story.ts';

const HELP = `usage: twinpool demo [--fault NAME] [--drbd 8.4|9] [--programs DIRECTORY] [--json]

The built agents and handlers fail a ZFS pool over between two simulated hosts, shown as it happens.
Exit 0 only if every guarantee held.

${Object.entries(FAULTS)
	.map(([name, says]) => `  --fault ${name.padEnd(8)} ${says}${name === 'power' ? ' (default)' : ''}`)
	.join('\n')}
  --drbd 8.4|9     which DRBD is simulated (default 8.4)
  --programs DIR   the install tree to take the programs from
  --json           one JSON object a line: events, then the guarantees
`;

/** `twinpool demo`: 0 every guarantee held, 1 one was broken, 2 it could not be run. */
export async function demo(argv: string[]): Promise<number> {
	const options = parsed(argv);
	if (typeof options === 'string') {
		process.stderr.write(`twinpool demo: ${options}\n\n${HELP}`);
		return 2;
	}
	if (options.help) {
		process.stdout.write(HELP);
		return 0;
	}
	const {fault, drbd, json, programs} = options;
	const terminal = process.stdout.isTTY && !json;
	const screen = {
		write: (text: string) => void process.stdout.write(text),
		columns: terminal ? process.stdout.columns : undefined,
		colour: terminal && !process.env['NO_COLOR'],
	};
	const told = await tell(fault, {drbd, programs}, world => {
		if (json) {
			world.onEvent(event => screen.write(`${JSON.stringify(event)}\n`));
		} else {
			timeline(world, screen);
		}
	});
	screen.write(json ? `${JSON.stringify(told)}\n` : verdict(told, screen));
	return told.guarantees.every(({held}) => held) ? 0 : 1;
}

interface Wanted {
	help: boolean;
	json: boolean;
	fault: FaultName;
	drbd: '8.4' | '9';
	programs: string;
}

/** The options, or what is wrong with them. */
function parsed(argv: string[]): Wanted | string {
	try {
		const {values} = parseArgs({
			args: argv,
			options: {
				help: {type: 'boolean', short: 'h', default: false},
				json: {type: 'boolean', default: false},
				fault: {type: 'string', default: 'power'},
				drbd: {type: 'string', default: '8.4'},
				programs: {type: 'string', default: installed()},
			},
		});
		const {fault, drbd, programs} = values;
		if (!isFault(fault)) {
			return `--fault is one of ${Object.keys(FAULTS).join(', ')}, not ${JSON.stringify(fault)}`;
		}
		if (drbd !== '8.4' && drbd !== '9') {
			return `--drbd is 8.4 or 9, not ${JSON.stringify(drbd)}`;
		}
		if (!(values.help || existsSync(join(programs, AGENT)))) {
			return `there are no programs in ${programs}: npm run build, or --programs DIRECTORY`;
		}
		return {help: values.help, json: values.json, fault, drbd, programs};
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

const isFault = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);
const AGENT = 'usr/lib/ocf/resource.d/twinpool/drbd';

/** The tree that this very program was installed in, or else what `npm run build` leaves. */
function installed(): string {
	const above = resolve(dirname(process.argv[1] ?? ''), '../..');
	return existsSync(join(above, AGENT)) ? above : resolve('dist/root');
}
