// The one who keeps a leg, as built, on a host that a test plays: started, then led through stages.
import {existsSync, readFileSync, rmSync} from 'node:fs';
import type {Test} from 'tap';
import {GUIDS, type LegHost, legHost} from './leg-host.ts';

/** Leases in which the leg has everything, and in which it has not. */
export const whole = new RegExp(` current=[\\d,]*${GUIDS.leg}[\\d,]* behind=$`, 'u');
export const lacking = new RegExp(` current=${GUIDS.own} behind=${GUIDS.leg}@\\d+$`, 'u');

/** `stages` are gone through one by one: each waits for something, and then changes the world. */
export async function kept(
	t: Test,
	prepare: (here: LegHost) => void,
	stages: [(here: LegHost) => boolean, (here: LegHost) => void][],
	seconds = 25,
): Promise<{here: LegHost; through: boolean; at: number}> {
	const here = await legHost(t.testdir(), true);
	try {
		t.equal((await here.act('start')).code, 0);
		t.match(here.lease(), whole);
		prepare(here);
		here.put('/calls', '');
		let at = 0;
		const through = await here.keep(() => {
			const stage = stages[at];
			if (stage?.[0](here)) {
				stage[1](here);
				at += 1;
			}
			return at === stages.length;
		}, seconds);
		return {here, through, at};
	} finally {
		here.close();
	}
}

export const said = (here: LegHost): string => {
	const path = `${here.root}/run/twinpool/leg-tank.seen`;
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as {says: string}).says : '';
};
export const loseSession = (here: LegHost): void => rmSync(`${here.root}/sys/class/iscsi_session`, {recursive: true});
export const called = (here: LegHost, what: RegExp): boolean => here.calls().some(call => what.test(call));
export const nothing = (): void => undefined;
