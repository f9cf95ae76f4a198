import {list} from '../host.ts';
import {nameOf} from '../vdev/device.ts';

/** The devices below a device, nearest first, as sysfs links them (dm, md, loop's file aside, DRBD where its version tells). */
export function layers(path: string): string[] {
	const seen = new Set<string>();
	const queue = [nameOf(path)];
	for (const name of queue) {
		// A partition stands on its disk's own lower devices.
		const disk = /^(drbd\d+|zd\d+|loop\d+|nvme\d+n\d+|md\d+)p\d+$/u.exec(name)?.[1] ?? name;
		for (const below of [...list(`/sys/class/block/${name}/slaves`), ...list(`/sys/class/block/${disk}/slaves`)]) {
			if (!seen.has(below)) {
				seen.add(below);
				queue.push(below);
			}
		}
	}
	return [...seen];
}
