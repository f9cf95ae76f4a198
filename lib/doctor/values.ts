// Values as Pacemaker writes them.

const UNITS = new Map([
	['ms', 0.001],
	['msec', 0.001],
	['us', 0.000_001],
	['usec', 0.000_001],
	['s', 1],
	['sec', 1],
	['m', 60],
	['min', 60],
	['h', 3600],
	['hr', 3600],
]);

/** A time as Pacemaker writes it, in seconds; nothing for what is none. */
export function seconds(text: string | undefined): number | undefined {
	const [, hours, minutes, rest] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/u.exec(text ?? '') ?? [];
	if (hours ?? minutes ?? rest) {
		return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
	}
	const [, number, unit = 's'] = /^\s*(\d+)\s*([a-z]*)\s*$/iu.exec(text ?? '') ?? [];
	const factor = UNITS.get(unit.toLowerCase() || 's');
	return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

export const yes = (word: string | undefined): boolean => /^(true|yes|on|1|y)$/iu.test(word ?? '');
export const no = (word: string | undefined): boolean => /^(false|no|off|0|n)$/iu.test(word ?? '');

/** What Pacemaker calls INFINITY. */
export const INFINITY = 1_000_000;
/** A score in Pacemaker's arithmetic; what is none counts as nothing. */
export function scoreOf(text: string | undefined): number {
	const number = Number((text ?? '0').replace(/INFINITY/iu, String(INFINITY)));
	return Number.isNaN(number) ? 0 : Math.max(-INFINITY, Math.min(INFINITY, number));
}
