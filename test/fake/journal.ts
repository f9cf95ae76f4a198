// The journal's socket below a root: each connection is one message, line by line as systemd-cat sends it.
import {createServer} from 'node:net';
import {join} from 'node:path';
import type {Test} from 'tap';

/** Takes messages until the test ends; the folder run/systemd/journal is there already. */
export function journalOf(t: Test, root: string): readonly string[][] {
	const messages: string[][] = [];
	const server = createServer(socket => {
		let said = '';
		socket
			.setEncoding('utf8')
			.on('data', chunk => {
				said += chunk;
			})
			.on('end', () => messages.push(said.split('\n')));
	});
	server.listen(join(root, 'run/systemd/journal/stdout'));
	t.teardown(() => server.close());
	return messages;
}
