import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {defineAgent, main, OCF, text} from 'twinpool';

const agent = defineAgent({
	name: 'flag',
	version: '1.0',
	short: 'A file that is there',
	long: 'Creates a file on start and removes it on stop.',
	params: {
		file: text({
			required: true,
			unique: true,
			pattern: /^\/[^\p{Cc}]+$/u,
			says: 'an absolute path',
			short: 'The file',
			long: 'Path of the file.',
		}),
	},
	actions: {start: [{timeout: 20}], stop: [{timeout: 20}], monitor: [{timeout: 20, interval: 10}]},
	perform: {
		async start({params: {file}}) {
			writeFileSync(file, '');
			return OCF.SUCCESS;
		},
		async stop({params: {file}}) {
			rmSync(file, {force: true});
			return OCF.SUCCESS;
		},
		async monitor({params: {file}}) {
			return existsSync(file) ? OCF.SUCCESS : OCF.NOT_RUNNING;
		},
	},
});

process.exitCode = await main(agent, process.argv[2]);
