import packaged from '../../package.json' with {type: 'json'};

/** One command of `twinpool`: what help and the manual say of it, and its one call. */
export interface Command {
	usage: string;
	summary: string;
	long: string;
	/** It answers --help itself. */
	helps?: true;
	/** @returns 0 all is well, 1 something was found wrong, 2 it could not be run */
	run(argv: string[]): Promise<number>;
}

export const commands: Record<string, Command> = {
	demo: {
		usage: '[--fault NAME] [--drbd 8.4|9] [--programs DIRECTORY] [--json]',
		summary: 'fail a pool over between two simulated hosts',
		long: `Drives the real agents and handlers through start, promote, import, a power cut, fencing, takeover, return and resync, on two hosts
that are simulated behind the tools' command lines. Needs no cluster, no root and no kernel module. Exits 0 only if every guarantee held. --help names the faults.`,
		helps: true,
		run: async argv => (await import('./demo.ts')).demo(argv),
	},
	graph: {
		usage: '[drbd|zpool [bring up|failover|tear down]]',
		summary: 'print the state machines as Mermaid diagrams',
		long: 'The diagrams are the edges that the planner searches, so they show what the agents do and not what somebody once drew.',
		run: async argv => (await import('./graph.ts')).graph(argv),
	},
};

const USAGE_ERROR = 2;

const help = (): string => `usage: twinpool COMMAND

${Object.entries(commands)
	.map(([name, {summary}]) => `  ${name.padEnd(8)} ${summary}`)
	.join('\n')}

twinpool COMMAND --help says more. --version prints the version.
`;

/** The command line: gives the exit code, never throws. */
export async function main(argv: string[]): Promise<number> {
	const [name = '--help', ...rest] = argv;
	if (name === '--version') {
		process.stdout.write(`twinpool ${packaged.version}\n`);
		return 0;
	}
	if (name === '--help' || name === '-h' || name === 'help') {
		process.stdout.write(help());
		return argv.length > 0 ? 0 : USAGE_ERROR;
	}
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!command) {
		process.stderr.write(`twinpool: there is no command ${JSON.stringify(name)}\n${help()}`);
		return USAGE_ERROR;
	}
	if (!command.helps && (rest.includes('--help') || rest.includes('-h'))) {
		process.stdout.write(`usage: twinpool ${name} ${command.usage}\n\n${command.long}\n`);
		return 0;
	}
	try {
		return await command.run(rest);
	} catch (error) {
		process.stderr.write(`twinpool ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
		return USAGE_ERROR;
	}
}
