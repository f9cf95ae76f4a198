/** The lab: `run.ts [SUITE...]`, all but the soak when none is named. The last line counts; nothing run is a failure. */
import {Broken} from './broken.ts';
import {Checks, type Suite} from './checks.ts';
import {collectJournals} from './journals.ts';
import {keep, leave} from './ledger.ts';
import {disconnectPower} from './power.ts';
import {say} from './report.ts';
import {agentSuite} from './suite/agents.ts';
import {configures} from './suite/configure.ts';
import {dropin} from './suite/dropin.ts';
import {exports} from './suite/exports.ts';
import {faultSuite} from './suite/faults.ts';
import {gluster} from './suite/gluster.ts';
import {legs} from './suite/legs.ts';
import {mirror} from './suite/mirror.ts';
import {peer} from './suite/peer.ts';
import {powercuts} from './suite/powercuts.ts';
import {smoke} from './suite/smoke.ts';
import {soaks} from './suite/soak.ts';
import {targets} from './suite/targets.ts';
import {versus} from './suite/versus.ts';
import {zvol} from './suite/zvol.ts';

const suites: Record<string, Suite> = {
	smoke,
	agents: agentSuite,
	powercuts,
	versus,
	dropin,
	zvol,
	mirror,
	legs,
	targets,
	exports,
	gluster,
	...configures,
	faults: faultSuite,
	peer,
	...soaks,
};
/** `peer` measures nothing that `versus` does not, and a soak takes hours. */
const usual = Object.keys(suites).filter(name => name !== 'peer' && !(name in soaks));
/** All layouts, one after the other. */
const groups: Record<string, Record<string, Suite>> = {soak: soaks, configure: configures};
const named = (name: string): string[] => Object.keys(groups[name] ?? {[name]: name});

async function run(names: readonly string[]): Promise<Checks> {
	const checks = new Checks();
	for (const name of names) {
		const suite = suites[name];
		if (!suite) {
			throw new Error(`no suite ${name}; there are ${Object.keys(suites).join(', ')}`);
		}
		say(`${name}: ${suite.title}`);
		try {
			await suite.run(checks);
		} catch (error) {
			if (error instanceof Broken) {
				say(`${name} ends here: it needs "${error.message}"`);
				await leave();
				continue;
			}
			checks.failed += 1;
			say(`NOT OK   ${name}: ${error instanceof Error ? error.stack : String(error)}`);
			await collectJournals(name);
		}
	}
	return checks;
}

process.once('SIGINT', () => void disconnectPower().finally(() => process.exit(130)));

const asked = process.argv.slice(2);
const checks = await run(asked.length > 0 ? asked.flatMap(named) : usual).finally(async () => {
	await leave();
	if (!keep) {
		await disconnectPower();
	}
});
process.stdout.write(`${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed === 0 && checks.passed > 0 ? 0 : 1;
