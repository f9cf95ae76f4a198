// An agent with every way to end: driven by test/ocf/agent.ts, in a process of its own where signals matter.
import {defineAgent, main} from '../../lib/ocf/agent.ts';
import {OCF, OcfError} from '../../lib/ocf/codes.ts';
import {text, whole} from '../../lib/ocf/params.ts';
import {type Argv, run} from '../../lib/run.ts';

export const agent = defineAgent({
	name: 'fake',
	version: '1.0',
	short: 'A fake',
	long: 'Ends as it is told.',
	params: {
		how: text({required: true, short: 'how to end', long: 'How to end.'}),
		count: whole({default: '1', short: 'a number', long: 'A number.'}),
	},
	actions: {start: [{timeout: 20}], stop: [{timeout: 20}], monitor: [{timeout: 20, interval: 10}]},
	perform: {start: end, stop: end, monitor: end},
});

async function end({
	params: {how},
	deadline,
	probe,
	log,
}: {
	params: {how: string};
	deadline: {left(): number; timeout: number};
	probe: boolean;
	log(text: string): void;
}) {
	switch (how) {
		case 'well':
			return OCF.SUCCESS;
		case 'log':
			log('one\nline');
			return OCF.RUNNING_PROMOTED;
		case 'refuse':
			throw new OcfError(OCF.ERR_PERM, 'not today');
		case 'misconfigured':
			throw new OcfError(OCF.ERR_CONFIGURED, 'not like this');
		case 'crash':
			throw new TypeError('x is not a function');
		case 'deadline':
			log(
				`${deadline.timeout} ms, ${deadline.left() <= deadline.timeout * 0.9 ? 'a tenth kept' : 'all of it'}, ${probe ? 'probe' : 'recurring'}`,
			);
			return OCF.SUCCESS;
		default:
			await run(how.split(' ') as unknown as Argv, {timeout: deadline.left()});
			return OCF.SUCCESS;
	}
}

if (process.argv[1]?.endsWith('fake/agent.ts')) {
	process.exitCode = await main(agent, process.argv[2]);
}
