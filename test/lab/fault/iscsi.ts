/** What can break a mirror with an iSCSI leg, again and again. */
import {holder} from '../cluster.ts';
import {pool} from '../config.ts';
import {legSeen} from '../mirror.ts';
import {limits} from '../round.ts';
import {until} from '../wait.ts';
import {common} from './common.ts';
import {failing, poolFull, slow} from './disks.ts';
import {loss, storageLink} from './network.ts';
import {daemon, monitor, start, stop} from './processes.ts';
import {inTime, lasts, type Trouble} from './scene.ts';

const storage = storageLink(
	async scene =>
		void (await until('the leg let go', limits.write, async () => /^none /u.test((await legSeen(scene.holder))?.words ?? ''), 500)),
);

/** ZFS counts a half's errors, and takes it back when somebody says that it is another disk. */
const disk = failing(
	() => lasts(45),
	async () => {
		await inTime(await until('the pool on a node', limits.return, holder), `zpool clear ${pool}`);
	},
);

export const troubles: readonly Trouble[] = [
	...common(storage),
	{name: 'storage link loses 30 %', make: loss('storage')},
	{name: 'a monitor killed', roles: ['holder'], make: monitor('iscsi-leg')},
	{name: "the pool's stop killed", roles: ['holder'], make: stop('zpool')},
	{name: "the pool's start killed", roles: ['standby'], make: () => start('zpool')},
	{name: 'iscsid killed', roles: ['holder'], make: daemon('iscsid')},
	{name: 'disk error', make: disk},
	{name: 'slow disk', make: slow},
	{name: 'the pool full', roles: ['holder'], make: () => poolFull},
];
