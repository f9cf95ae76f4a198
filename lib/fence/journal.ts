import {connect} from 'node:net';
import {at} from '../host.ts';

const SOCKET = '/run/systemd/journal/stdout';
/** The journal is no reason to be late. */
const PATIENCE = 500;
const INFO = 6;
/** The priority of what did not work. */
export const ERROR = 3;

/** One line in the journal under this name, or, where there is no journal, on standard error: whether it is in the journal. */
export async function journal(identifier: string, line: string, priority = INFO): Promise<boolean> {
	// The stream's header: identifier, unit, priority, level prefix, forward to syslog, to the kernel log, to the console.
	const header = [identifier, '', priority, 0, 0, 0, 0].join('\n');
	const done = await sent(`${header}\n${line}\n`);
	if (!done) {
		process.stderr.write(`${identifier}: ${line}\n`);
	}
	return done;
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
