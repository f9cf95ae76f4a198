import {link, list, read} from '../host.ts';

const MOST = 4;

/** Who has these minors open, as far as /proc and /sys tell: processes, devices stacked on top, mounts, swap. */
export function openers(minors: number[]): string {
	const found = minors.flatMap(minor => {
		const name = `drbd${minor}`;
		return [
			...list(`/sys/block/${name}/holders`).map(holder => `device ${holder}`),
			...lines('/proc/mounts', `/dev/${name} `).map(line => `mount ${line.split(' ')[1]}`),
			...lines('/proc/swaps', `/dev/${name} `).map(() => `swap on ${name}`),
			...processes(`/dev/${name}`),
		];
	});
	const shown = found.slice(0, MOST).join(', ');
	return shown
		? `${shown}${found.length > MOST ? ` and ${found.length - MOST} more` : ''}`
		: 'nobody that /proc shows: an imported zpool holds its devices from the kernel, look at zpool list';
}

const lines = (file: string, start: string): string[] => (read(file) ?? '').split('\n').filter(line => line.startsWith(start));

function processes(device: string): string[] {
	return list('/proc')
		.filter(name => /^\d+$/u.test(name) && list(`/proc/${name}/fd`).some(fd => link(`/proc/${name}/fd/${fd}`) === device))
		.map(pid => `process ${pid} (${read(`/proc/${pid}/comm`)?.trim()})`);
}
