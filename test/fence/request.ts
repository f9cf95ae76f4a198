// What fence_libvirt is asked: standard input as cluster managers write it, options as people type them.
import t from 'tap';
import {agent} from '../../fence/fence_libvirt.ts';
import {type FenceParam, standard} from '../../lib/fence/parameters.ts';
import {checked, fromArgv, fromLines} from '../../lib/fence/request.ts';

const {params} = agent;
const lines = (...all: string[]) => fromLines(all.join('\n'), params);

t.test('standard input: name=value lines, comments, blanks, the last of a name', async t => {
	t.same(lines('# a comment', '', '  action=off  ', '\tplug = node1', 'power_timeout=30\r', 'plug=node2'), {
		values: {action: 'off', plug: 'node2', power_timeout: '30'},
		notes: [],
	});
	t.same(lines('plug=a=b').values, {plug: 'a=b'}, 'a value may have the sign');
	t.same(lines('login-timeout=9').values, {login_timeout: '9'}, 'either dash');
	t.same(lines().values, {});
});

t.test('quotes are taken off as a pair, and keep the blanks between them', async t => {
	t.same(lines('plug="two words"').values, {plug: 'two words'});
	t.same(lines("plug='two words'").values, {plug: 'two words'});
	t.same(lines('plug=" led"').values, {plug: ' led'});
	t.same(lines('plug="half').values, {plug: '"half'});
	t.same(lines('plug=it\'s "q"').values, {plug: 'it\'s "q"'});
	t.same(lines('plug=""q""').values, {plug: '"q"'});
});

t.test('every name that a parameter had once', async t => {
	const old = Object.entries<FenceParam>(standard).flatMap(([name, {was}]) => (was ? [[was, name] as const] : []));
	t.same(old.map(([was]) => was).sort(), ['cmd_prompt', 'debug', 'ipaddr', 'login', 'passwd', 'passwd_script', 'port', 'secure', 'sudo']);
	for (const [was, name] of old) {
		t.same(lines(`${was}=x`).values, {[name]: 'x'}, was);
	}
	t.same(lines('port=old', 'plug=new').values, {plug: 'new'}, 'one parameter under two names: the last one');
	t.same(lines('plug=new', 'port=old').values, {plug: 'old'});
});

t.test('unknown names are said, without their value, and ignored; what cluster managers add is not even said', async t => {
	t.same(lines('plug=n', 'colour=secret'), {values: {plug: 'n'}, notes: ['unknown parameter colour ignored']});
	t.same(lines('nodename=n', 'crm_feature_set=3.16', 'CRM_meta_timeout=1', 'pcmk_host_map=a:b'), {values: {}, notes: []});
	t.same(lines('constructor=x', '__proto__=y').values, {});
});

t.test('a missing value is none, and said', async t => {
	t.same(lines('plug=node1', 'plug='), {values: {}, notes: ['parameter plug has no value: ignored']});
	t.same(lines('verbose'), {values: {}, notes: ['parameter verbose has no value: ignored']});
	t.same(lines('plug=""').values, {});
});

t.test('options, in any order and form', async t => {
	const wanted = {action: 'off', plug: 'node 1', ip: 'h', missing_as_off: '1'};
	for (const argv of [
		['-o', 'off', '-n', 'node 1', '-a', 'h', '--missing-as-off'],
		['--missing-as-off', '--ip=h', '--plug', 'node 1', '--action=off'],
		['-ah', '-nnode 1', '-ooff', '--missing_as_off'],
		['-n', 'other', '--ipaddr=h', '-ooff', '--port=node 1', '--missing-as-off'],
	]) {
		t.same(fromArgv(argv, params).values, wanted, argv.join(' '));
	}
	t.same(fromArgv(['-vvv', '--plug=-x'], params).values, {verbose: '1', plug: '-x'});
});

t.test('a mistyped option is no guess', async t => {
	for (const argv of [['--missing-as-of'], ['node1'], ['-n'], ['--plug'], ['-n', '-x'], ['--verbose=yes'], ['-Z']]) {
		t.throws(() => fromArgv(argv, params), {name: 'StonithError', kind: 'options', message: /--help/u}, argv.join(' '));
	}
});

t.test('values are checked, and the parameter is named', async t => {
	t.match(checked(params, {}), {
		plug: '',
		uri: '',
		power_timeout: 20,
		login_timeout: 5,
		missing_as_off: false,
		method: 'onoff',
		separator: ',',
	});
	t.match(checked(params, {power_timeout: '40s', missing_as_off: 'on', method: 'cycle'}), {power_timeout: 40, missing_as_off: true});
	for (const [name, value, says] of [
		['power_timeout', 'soon', 'parameter power_timeout: expected a whole number, got "soon"'],
		['delay', '-1', 'parameter delay: expected a whole number, got "-1"'],
		['missing_as_off', 'maybe', 'parameter missing_as_off: expected true or false, got "maybe"'],
		['method', 'reset', 'parameter method: expected one of onoff, cycle, got "reset"'],
	] as const) {
		t.throws(() => checked(params, {[name]: value}), {kind: 'options', message: says}, name);
	}
});
