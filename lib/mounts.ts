import {read} from './host.ts';

/** One line of mountinfo, as far as it matters here. */
export interface Mount {
	point: string;
	type: string;
	source: string;
	/** major:minor of what is mounted. */
	device: string;
}

/** Blanks and the like are octal in mountinfo. */
const plain = (word: string): string => word.replace(/\\(\d{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function mounts(pid: number | string = 'self'): Mount[] {
	return (read(`/proc/${pid}/mountinfo`) ?? '').split('\n').flatMap(line => {
		const [left = '', right = ''] = line.split(' - ');
		const [, , device = '', , point = ''] = left.split(' ');
		const [type = '', source = ''] = right.split(' ');
		return point ? [{point: plain(point), type, source: plain(source), device}] : [];
	});
}
