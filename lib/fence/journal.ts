import {connect} from 'node:net';
import {at} from '../host.ts';

const SOCKET = '/run/systemd/journal/stdout';
/** The journal is no reason to be late. */
const PATIENCE = 500;
const INFO = 6;

/** One line in the journal under this name, or, where there is no journal, on standard error. */
export async function journal(identifier: string, line: string): Promise<void> {
	// The stream's header: identifier, unit, priority, level prefix, forward to syslog, to the kernel log, to the console.
	const header = [identifier, '', INFO, 0, 0, 0, 0].join('\n');
	if (!(await sent(`${header}\n${line}\n`))) {
		process.stderr.write(`${identifier}: ${line}\n`);
	}
}

function sent(text: string): Promise<boolean> {
	return new Promise(resolve => {
		const stream = connect(at(SOCKET));
		const end = (done: boolean): void => {
			clearTimeout(timer);
			stream.destroy();
			resolve(done);
		};
		const timer = setTimeout(end, PATIENCE, false);
		stream.once('error', () => end(false));
		stream.once('connect', () => stream.end(text, () => end(true)));
	});
}
