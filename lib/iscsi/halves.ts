import type {Deadline} from '../deadline.ts';
import {list, read} from '../host.ts';
import {candidates, type Look, lookAt} from '../vdev/device.ts';
import type {Label} from '../vdev/label.ts';
import type {Half} from './grant.ts';
import type {Disk} from './session.ts';

export type Labelled = Look & {label: Label};

/** Whether a look found a half of this pool. */
export const isOf =
	(pool: string) =>
	(look: Look): look is Labelled =>
		look.label?.pool === pool && (look.label.state === 'active' || look.label.state === 'exported');

/** A disk and its partitions: ZFS makes one for itself on a whole disk. */
const parts = (disk: string): string[] => [disk, ...list(`/sys/class/block/${disk}`).filter(name => name.startsWith(disk))];
/** Over the network: the disks of iSCSI sessions. */
const remote = (): string[] =>
	list('/sys/class/iscsi_session').flatMap(id => {
		const device = `/sys/class/iscsi_session/${id}/device`;
		return list(device)
			.filter(name => name.startsWith('target'))
			.flatMap(target => list(`${device}/${target}`).flatMap(unit => list(`${device}/${target}/${unit}/block`)));
	});

/** What lies on this host's own disks. */
export function localLooks(deadline: Deadline): Promise<Look[]> {
	const away = new Set(remote().flatMap(parts));
	const paths = candidates().filter(path => !away.has(path.replace('/dev/', '')));
	return Promise.all(paths.map(path => lookAt(path, deadline)));
}

/** What of the pool lies there. */
export const localHalves = async (pool: string, deadline: Deadline): Promise<Labelled[]> => (await localLooks(deadline)).filter(isOf(pool));

/** What of the pool lies on the leg's disk; why not, where it has none of it. `poolGuid`: of this one, where another may have its name. */
export async function legHalf(pool: string, disk: Disk, deadline: Deadline, poolGuid?: string): Promise<Labelled | {why: string}> {
	const names = parts(disk.name).filter(name => read(`/sys/class/block/${name}/size`) !== undefined);
	const looks = await Promise.all(names.map(name => lookAt(`/dev/${name}`, deadline)));
	const half = looks.find(isOf(pool));
	return half && half.label.poolGuid !== (poolGuid ?? half.label.poolGuid)
		? {why: `the leg's disk ${half.path} belongs to another pool called ${pool} (guid ${half.label.poolGuid})`}
		: (half ?? {why: without(pool, disk, looks)});
}

function without(pool: string, {name, wwid}: Disk, looks: readonly Look[]): string {
	const other = looks.find(({label}) => label)?.label;
	if (other) {
		return `the leg's disk ${name} belongs to pool ${other.pool} (${other.state}), not to ${pool}`;
	}
	const refused = looks.find(({why}) => why !== undefined);
	return refused
		? `the leg's disk ${refused.path} ${refused.why}`
		: `the leg's disk ${name} (${wwid}) is blank: "zpool replace ${pool}" takes it into the mirror, if that is meant`;
}

export const halfOf = ({label: {guid, activity}, path}: Labelled): Half => ({guid, path, txg: activity.txg, trail: activity.trail});
