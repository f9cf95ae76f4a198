// Mail, webhook and script, each with what can be wrong with it.
import {mkdirSync, readFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import t, {type Test} from 'tap';
import {header} from '../../lib/alert/mail.ts';
import {FAILURE, host, SPLIT} from '../fake/alert.ts';

interface Got {
	method: string | undefined;
	headers: IncomingMessage['headers'];
	body: Record<string, unknown>;
}

/** A webhook's host on the loopback, and what it got. */
async function server(t: Test, answer: (response: ServerResponse, times: number) => void): Promise<{url: string; got: Got[]}> {
	const got: Got[] = [];
	const listening = createServer((asked, response) => {
		let body = '';
		asked.setEncoding('utf8').on('data', chunk => {
			body += chunk;
		});
		asked.on('end', () => {
			got.push({method: asked.method, headers: asked.headers, body: JSON.parse(body) as Got['body']});
			answer(response, got.length);
		});
	});
	await new Promise<void>(resolve => void listening.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		listening.closeAllConnections();
		listening.close();
	});
	return {url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hook/secret`, got};
}

const status =
	(code: number, headers = {}) =>
	(response: ServerResponse): void =>
		void response.writeHead(code, headers).end('x'.repeat(100_000));

t.test('a mail', async t => {
	const alpha = host(t);
	t.equal((await alpha.run({...SPLIT, cluster: 'Zürich ☂', mail_from: 'twinpool@example.com'})).code, 0);
	const [head = '', body = ''] = (alpha.mails()[0] ?? '').split('\n\n');
	t.match(head, /^From: twinpool@example.com\nTo: ops@example.com\nSubject: =\?utf-8\?B\?/u);
	t.match(head, /^Message-ID: <[0-9a-f]{32}@cluster.twinpool>$/mu);
	t.match(Buffer.from(body, 'base64').toString(), /^ {2}cluster +Zürich ☂$/mu);
	t.match(readFileSync(join(alpha.root, 'args'), 'utf8'), /^-t -oi\n$/u, 'no address among the arguments');
	t.match(await alpha.run(SPLIT, ['--test', 'mail:root']), {code: 0, stdout: 'told mail:root\n', stderr: ''});
	t.match(alpha.mails().join(''), /^To: root$/mu);
	alpha.put('bin/crm_attribute', '#!/bin/sh\necho "of  corosync"\n');
	await alpha.run({...SPLIT, cluster: ''}, ['--test', 'mail:root']);
	t.match(alpha.mails().join(''), /^Subject: \[of corosync\] a test of alert_twinpool$/mu);
});

t.test('a header is ASCII, in words that readers put together again', async t => {
	t.equal(header('plain'), 'plain');
	const text = `${'ö☂𝄞'.repeat(30)} =?x?=`;
	const words = header(text).split('\n ');
	t.ok(words.every(word => /^=\?utf-8\?B\?[A-Za-z0-9+/=]+\?=$/u.test(word) && word.length <= 75));
	t.equal(words.map(word => Buffer.from(word.slice(10, -2), 'base64').toString()).join(''), text);
	t.match(header('=?utf-8?B?eA==?='), /^=\?utf-8\?B\?PT91/u, 'what only looks like one is text');
});

t.test('a webhook', async t => {
	const alpha = host(t);
	const fine = await server(t, status(204));
	t.match(await alpha.run({...SPLIT, CRM_alert_recipient: fine.url}), {code: 0, stderr: ''});
	t.match(fine.got, [
		{
			method: 'POST',
			headers: {'content-type': 'application/json', 'user-agent': /^alert_twinpool\//u, authorization: undefined},
			body: {id: /^[0-9a-f]{32}$/u, kind: 'split-brain', cluster: 'prod', node: 'alpha', resource: 'vmstore', time: '2026-11-22T10:00:00Z'},
		},
	]);
	t.match(await alpha.journal(), [/"told":"http:\/\/127.0.0.1:\d+\/\.\.\."/u], 'what is behind the host stays out of the journal');
	for (const [line, name, value] of [
		['tok-1\n', 'authorization', 'Bearer tok-1'],
		['X-Key: a b', 'x-key', 'a b'],
	] as const) {
		alpha.put('etc/secret', line, 0o600);
		t.equal((await alpha.run({secret_file: '/etc/secret', cluster: 'prod'}, ['--test', fine.url])).code, 0);
		t.equal(fine.got.at(-1)?.headers[name], value);
	}
	for (const [file, why] of [
		['/etc/none', 'secret_file /etc/none: there is no such file'],
		['/etc', 'secret_file /etc: expected a file with one line'],
		['/etc/two', 'secret_file /etc/two: expected one line of printable ASCII'],
	] as const) {
		alpha.put('etc/two', 'a\r\nX-Other: b\n');
		t.match(await alpha.run({secret_file: file, cluster: 'prod'}, ['--test', fine.url]), {code: 1, stderr: `alert_twinpool: ${why}\n`});
	}
	alpha.put('etc/secret', 'tok-1');
	const clear = await alpha.run({secret_file: '/etc/secret', cluster: 'prod'}, ['--test', 'http://hooks.invalid/x']);
	t.match(clear, {code: 1, stderr: /not sent without TLS: use https/u});
	t.equal(fine.got.length, 3);
});

t.test('a webhook that does not take it', async t => {
	const alpha = host(t);
	const told = (url: string, timeout = '30'): ReturnType<typeof alpha.run> => alpha.run({...SPLIT, CRM_alert_recipient: url, timeout});
	const other = await server(t, status(200));
	const redirects = await server(t, status(302, {location: other.url}));
	t.match(await told(redirects.url), {code: 1, stderr: /redirects \(302\) to http:\/\/127.0.0.1:\d+\/\.\.\., which is not followed/u});
	t.equal(other.got.length, 0, 'a message goes nowhere else');
	t.equal(redirects.got.length, 1);
	const refuses = await server(t, status(403));
	t.match(await told(refuses.url), {code: 1, stderr: /answered 403\n$/u});
	t.equal(refuses.got.length, 1, 'no use to try again');
	const busy = await server(t, (response, times) => status(times < 3 ? 503 : 200)(response));
	t.match(await told(busy.url, '5'), {code: 0});
	t.equal(busy.got.length, 3);
	t.equal(new Set(busy.got.map(({headers}) => headers['idempotency-key'])).size, 1, 'the same message each time');
	const silent = await server(t, () => undefined);
	const {code, stderr, ms} = await told(silent.url, '1');
	t.equal(code, 1);
	t.match(stderr, /no answer in time\n$/u);
	t.ok(ms < 10_000, `${ms} ms`);
	t.match(await told('http://127.0.0.1:1/', '2'), {code: 1, stderr: /ECONNREFUSED/u});
});

t.test('a script', async t => {
	const alpha = host(t);
	alpha.put('opt/tell it', `#!/bin/sh\ncat >${alpha.root}/json; env >${alpha.root}/env; echo $# >>${alpha.root}/env\n`);
	// The built program, from its first line to its last.
	t.match(await alpha.start({...FAILURE, CRM_alert_recipient: '/opt/tell it'}), {code: 0, stderr: '', stdout: ''});
	const json = JSON.parse(readFileSync(join(alpha.root, 'json'), 'utf8')) as Record<string, unknown>;
	t.match(json, {
		kind: 'failure',
		resource: 'tank',
		subject: '[prod] monitor of tank failed on alpha',
		advice: [/crm_mon/u, /--cleanup --resource tank/u],
	});
	const env = readFileSync(join(alpha.root, 'env'), 'utf8');
	t.match(env, new RegExp(`^TWINPOOL_ALERT_ID=${json['id']}$`, 'mu'));
	t.match(env, /^TWINPOOL_ALERT_RESOURCE=tank$/mu);
	t.match(env, /^0$/mu, 'no arguments');
	alpha.put('opt/plain', 'x', 0o644);
	alpha.put('opt/fails', '#!/bin/sh\necho "no line to the pager" >&2; exit 3\n');
	mkdirSync(join(alpha.root, 'opt/folder'));
	for (const [path, why] of [
		['/opt/none', /there is no \/opt\/none: give the absolute path/u],
		['/opt/plain', /\/opt\/plain cannot be run by this user \(hacluster under Pacemaker\): chmod 755/u],
		['/opt/folder', /\/opt\/folder is not a file/u],
		['/opt/fails', /\/opt\/fails ended with 3: no line to the pager/u],
	] as const) {
		const {code, stderr} = await alpha.run({...FAILURE, CRM_alert_recipient: path, timeout: '4'});
		t.equal(code, 1);
		t.match(stderr, why);
		t.match(stderr, /^[^\n]*\n$/u, 'one line');
	}
});

t.test('what cannot work is said with the remedy', async t => {
	const alpha = host(t);
	for (const [why, change, argv = []] of [
		[/parameter tell: expected some of split-brain, .*got "split-brian"/u, {tell: 'split-brian'}],
		[/parameter mail_from: expected an address such as/u, {mail_from: 'a@b\nBcc: c@d'}],
		[/parameter timeout: expected whole seconds, 1 to 999, got "0"/u, {timeout: '0'}],
		[/parameter secret_file: expected an absolute path/u, {secret_file: 'etc/secret'}],
		[/recipient "root": expected mail:ADDRESS/u, {CRM_alert_recipient: 'root'}],
		[/there is no recipient: .*pcs alert recipient add/u, {CRM_alert_recipient: ''}],
		[/^usage: alert_twinpool --test RECIPIENT/u, {CRM_alert_kind: ''}],
		[/^usage:/u, {}, ['--tset']],
	] as const) {
		t.match(await alpha.run({...SPLIT, ...change}, [...argv]), {code: 2, stderr: why});
	}
	alpha.put('usr/sbin/sendmail', '', 0o644);
	t.match(await alpha.run(SPLIT), {code: 1, stderr: /\/usr\/sbin\/sendmail cannot be run/u});
	const bare = host(t);
	bare.put('usr/sbin/sendmail', '#!/nonexistent\n');
	t.match(
		await bare.start(SPLIT),
		{code: 1, stderr: /^alert_twinpool: not told to mail:ops@example.com: [^\n]*is not installed\n$/u},
		'no trace of a stack',
	);
	t.match(await alpha.run({}, ['--help']), {code: 0, stdout: /^usage/u});
	t.match(await alpha.run({...SPLIT, tell: 'fencing'}), {code: 0, stderr: ''}, 'not asked for: nothing to do');
});
