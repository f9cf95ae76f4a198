/** What can break a replicated volume, again and again. */
import {volumeSeen} from '../gluster.ts';
import {limits} from '../round.ts';
import {until} from '../wait.ts';
import {common} from './common.ts';
import {brickFull, failing, slow} from './disks.ts';
import {loss, storageLink} from './network.ts';
import {daemon, monitor, stop} from './processes.ts';
import {inTime, lasts, mayMove, type Role, type Trouble} from './scene.ts';

const storage = storageLink(
	async scene => void (await until('one side goes on', limits.write, async () => (await volumeSeen(scene.holder))?.words === 'alone', 250)),
);

/** Its pool is suspended, and what touches it hangs: a brick that cannot be ended is ended with its node, whose disk then works again. */
const disk = (role: Role): ReturnType<Trouble['make']> =>
	failing(
		() => lasts(60),
		(scene, of) => inTime(scene[of], '! zpool list brick >/dev/null 2>&1 || zpool clear brick'),
		{perhaps: [role]},
	)(role);

export const troubles: readonly Trouble[] = [
	...common(storage),
	{name: 'storage link loses 30 %', make: role => ({...loss('storage')(role), ...mayMove(role)})},
	{name: 'a monitor killed', make: monitor('gluster')},
	{name: 'a stop killed', make: stop('gluster')},
	{name: 'glusterd killed', make: role => ({...daemon('glusterd')(role), ...mayMove(role)})},
	{name: 'disk error', make: disk},
	// A brick whose health check takes too long ends itself, and a copy that is behind is left.
	{name: 'slow disk', make: role => ({...slow(role), ...mayMove(role)})},
	{name: 'the brick full', make: brickFull},
];
