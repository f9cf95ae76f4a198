// Who keeps a replicated volume, as built, on a host that a test plays: led through stages.
import type {Test} from 'tap';
import {GlusterHost} from './gluster-host.ts';
import {ID} from './gluster-store.ts';

export const WHOLE = `epoch=1 holder= pool=${ID} current=alpha,bravo behind=`;
export const AHEAD = new RegExp(`^epoch=2 holder=alpha pool=${ID} current=alpha behind=bravo@\\d+$`, 'u');
const NOTE = JSON.stringify({me: 'alpha', mountpoint: '/vol', daemon: false});

type Stage = [(here: GlusterHost) => boolean, (here: GlusterHost) => unknown];

/** Seconds. The longest takes a quarter of it on a quiet machine. */
const LIMIT = 120;

/** Led through stages: each waits for something, and then changes the world. */
export async function kept(t: Test, prepare: (here: GlusterHost) => unknown, stages: Stage[]): Promise<{here: GlusterHost; at: number}> {
	const here = await GlusterHost.make(t.testdir());
	t.teardown(() => here.close());
	here.put('/run/twinpool/gluster-vm.json', NOTE);
	here.lease(WHOLE);
	await prepare(here);
	let at = 0;
	await here.keep(async () => {
		const stage = stages[at];
		if (stage?.[0](here)) {
			await stage[1](here);
			at += 1;
		}
		return at === stages.length;
	}, LIMIT);
	t.equal(at, stages.length, `went as far as ${here.seen()}, ${here.lease()}`);
	return {here, at};
}
export const nothing = (): void => undefined;
export const called = (here: GlusterHost, what: RegExp): boolean => here.calls().some(call => what.test(call));
export const order = (here: GlusterHost, ...whats: RegExp[]): number[] =>
	whats.map(what => here.calls().findIndex(call => what.test(call)));
export const says =
	(what: RegExp) =>
	(here: GlusterHost): boolean =>
		what.test(here.seen());
/** They are together; `first`, then the link to bravo is cut. */
export const parted = (first: (here: GlusterHost) => unknown): Stage => [
	says(/^together/u),
	async here => {
		first(here);
		await here.peer(false);
	},
];
