import t from 'tap';
import {OCF, OcfError} from '../../lib/ocf/codes.ts';
import {choice, flag, parse, scores, text, whole} from '../../lib/ocf/params.ts';

const about = {short: 'a thing', long: 'A thing.'};
const params = {
	name: text({...about, required: true, pattern: /^[\w-]+$/u, says: 'a name'}),
	note: text({...about, default: 'none'}),
	seconds: whole({...about, default: '5'}),
	loud: flag({...about, default: 'false'}),
	policy: choice(['report', 'kill'], {...about, default: 'report'}),
	marks: scores({...about, default: '0 10 1000 10000'}),
};

/** The values for the given parameters, `name` among them. */
const given = (values: Record<string, string>, lenient = false) =>
	parse(params, Object.fromEntries(Object.entries({name: 'r0', ...values}).map(([name, value]) => [`OCF_RESKEY_${name}`, value])), lenient);

t.test('defaults hold where nothing was given, also where it is empty', async t => {
	const defaults = {name: 'r0', note: 'none', seconds: 5, loud: false, policy: 'report', marks: [0, 10, 1000, 10_000]};
	t.same(given({}), defaults);
	t.same(given({note: '', seconds: '', loud: '', policy: '', marks: ''}), defaults);
});

t.test('each kind takes its own words', async t => {
	t.equal(given({seconds: '30'}).seconds, 30);
	t.equal(given({seconds: '30s'}).seconds, 30);
	for (const word of ['1', 'yes', 'True', 'ON', 'y', 't', 'ja']) {
		t.equal(given({loud: word}).loud, true, word);
	}
	for (const word of ['0', 'no', 'FALSE', 'off', 'n', 'f', 'nein']) {
		t.equal(given({loud: word}).loud, false, word);
	}
	t.equal(given({policy: 'kill'}).policy, 'kill');
	t.same(given({marks: ' 1 2  3 3 '}).marks, [1, 2, 3, 3]);
});

t.test('a wrong value is 6, and the reason names the parameter, the value and what would be right', async t => {
	const wrong: Record<string, readonly [value: string, reason: string]> = {
		name: ['a;rm -rf /', 'parameter name: expected a name, got "a;rm -rf /"'],
		note: ['two\nlines', 'parameter note: expected one line of text, got "two lines"'],
		seconds: ['soon', 'parameter seconds: expected a whole number, got "soon"'],
		loud: ['maybe', 'parameter loud: expected true or false, got "maybe"'],
		policy: ['shout', 'parameter policy: expected one of report, kill, got "shout"'],
		marks: ['3 2 1 0', 'parameter marks: expected numbers that do not fall, got "3 2 1 0"'],
	};
	for (const [name, [value, message]] of Object.entries(wrong)) {
		t.throws(() => given({[name]: value}), {name: 'OcfError', code: OCF.ERR_CONFIGURED, message}, name);
	}
	t.throws(() => given({marks: '1 2 3'}), {message: 'parameter marks: expected four whole numbers, got "1 2 3"'});
	t.throws(() => given({name: ''}), {code: OCF.ERR_CONFIGURED, message: 'parameter name is required and was not given: a thing'});
});

t.test('shell metacharacters are never part of a name', async t => {
	for (const sign of ['$(id)', '`id`', 'a b', 'a|b', 'a&b', 'a>b', '../a', "a'b", 'a"b', 'a\\b', 'a*b', '-\n-']) {
		t.throws(() => given({name: sign}), {code: OCF.ERR_CONFIGURED}, sign);
	}
});

t.test('a stop falls back to the default of what may be left out, and refuses the rest', async t => {
	t.equal(given({seconds: 'soon', loud: 'maybe'}, true).seconds, 5);
	t.throws(() => given({name: ''}, true), {code: OCF.ERR_CONFIGURED});
});

t.test('a reason is one printable line that crm_mon can show', async t => {
	const {message} = new OcfError(OCF.ERR_GENERIC, `first\n\tsecond \u001b[31m${'x'.repeat(400)}`);
	t.ok(message.length < 200);
	t.match(message, /^first second \[31mx+…$/u);
});
