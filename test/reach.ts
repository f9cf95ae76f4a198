import {readFileSync, statSync} from 'node:fs';
import t from 'tap';
import {setup} from 'xstate';
import {deadlineOf} from '../lib/deadline.ts';
import type {Lifecycle, Outcome} from '../lib/lifecycle.ts';
import {OCF, OcfError} from '../lib/ocf/codes.ts';
import {reach} from '../lib/reach.ts';
import {saw} from '../lib/transcript.ts';

const machine = setup({types: {} as {context: Record<string, unknown>; tags: 'On'}}).createMachine({
	id: 'lamp',
	context: {},
	initial: 'off',
	states: {
		off: {on: {switch: {target: 'warm', description: 'switch it on'}}},
		warm: {on: {ready: {target: 'on', description: 'it gets warm', meta: {due: true}}}},
		on: {tags: ['On']},
	},
});

/** A lamp: what each look shows, and what switching it says. */
function lamp(looks: string[], said: () => Outcome) {
	const seen = {looks: 0, acts: 0};
	const life: Lifecycle<undefined, string> = {
		goals: {start: {reach: ['On'], by: ['switch']}, watch: {reach: ['On'], by: []}},
		observe: async () => {
			seen.looks += 1;
			return looks[Math.min(seen.looks, looks.length) - 1] ?? 'off';
		},
		resolve: async value => ({machine, value, context: {}}),
		act: async () => {
			seen.acts += 1;
			return said();
		},
		refusal: goal => new OcfError(OCF.ERR_ARGS, `no way to ${goal}`),
	};
	return {life, seen};
}

const soon = (milliseconds: number) => deadlineOf(milliseconds / 0.9, performance.now());

t.test('observe, act, wait for what is due, arrive', async t => {
	const {life, seen} = lamp(['off', 'warm', 'warm', 'on'], () => ({done: true}));
	const log: string[] = [];
	t.equal(await reach(life, 'start', undefined, soon(5000), sentence => log.push(sentence)), 'on');
	t.equal(seen.acts, 1);
	t.same(log, ['switch it on', 'it gets warm'], 'each step is said once');
});

t.test('a transcript has each look that differs from the one before', async t => {
	const file = `${t.testdir()}/transcript`;
	const env = {TWINPOOL_TRANSCRIPT: file, OCF_RESOURCE_INSTANCE: 'lamp-1'};
	Object.assign(process.env, env);
	t.teardown(() => {
		for (const name of Object.keys(env)) {
			delete process.env[name];
		}
	});
	await reach(lamp(['off', 'warm', 'warm', 'on'], () => ({done: true})).life, 'start', undefined, soon(5000));
	saw('lamp', undefined);
	const lines = readFileSync(file, 'utf8').trim().split('\n');
	t.match(
		lines.map(line => JSON.parse(line) as object),
		['off', 'warm', 'on', null].map(facts => ({time: /Z$/u, pid: process.pid, machine: 'lamp', of: 'lamp-1', facts})),
	);
	t.equal(lines.length, 4);
	t.equal(statSync(file).mode & 0o777, 0o600);
});

t.test('no way is the refusal, at once', async t => {
	const {life, seen} = lamp(['off'], () => ({done: true}));
	await t.rejects(reach(life, 'watch', undefined, soon(5000)), {code: OCF.ERR_ARGS, message: 'no way to watch'});
	t.equal(seen.looks, 1);
});

t.test('refused for good ends it; not yet is tried again after another look', async t => {
	const refused = lamp(['off'], () => ({refused: new OcfError(OCF.ERR_INSTALLED, 'no lamp')}));
	await t.rejects(reach(refused.life, 'start', undefined, soon(5000)), {code: OCF.ERR_INSTALLED});
	t.equal(refused.seen.acts, 1);
	const again = lamp(['off', 'off', 'off', 'on'], () => ({again: 'the switch is stuck'}));
	t.equal(await reach(again.life, 'start', undefined, soon(5000)), 'on');
	t.equal(again.seen.acts, 3);
});

t.test('at the deadline it says what it was waiting for, and never spins', async t => {
	for (const [said, words] of [
		[{again: 'the switch is stuck'}, /the switch is stuck/u],
		[{done: true}, /nothing changed/u],
	] as const) {
		const {life, seen} = lamp(['off'], () => said);
		await t.rejects(reach(life, 'start', undefined, soon(600)), {code: OCF.ERR_GENERIC, message: words});
		t.ok(seen.acts < 10, `${seen.acts} tries in 0.6 s`);
	}
});
