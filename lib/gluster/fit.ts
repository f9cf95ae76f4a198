import {OCF, OcfError} from '../ocf/codes.ts';
import {guarded, sides} from './kept.ts';
import type {GlusterParams} from './params.ts';
import {multiplexed, type Volume, volumeNamed, volumes} from './store.ts';

/** The volume as glusterd's files have it. @throws {OcfError} 5 this host has no such volume, or none that can be kept */
export function fitting({volname}: GlusterParams): Volume {
	const volume = volumeNamed(volname);
	if (!volume) {
		const known = volumes();
		throw new OcfError(
			OCF.ERR_INSTALLED,
			`glusterd of this host knows no volume ${volname}${known.length > 0 ? `, only ${known.join(', ')}` : ''}`,
		);
	}
	if (sides(volume).here.length === 0) {
		throw new OcfError(
			OCF.ERR_INSTALLED,
			`volume ${volname} has no brick on this host: ${volume.bricks.map(({host, path}) => `${host}:${path}`).join(', ')}`,
		);
	}
	const odd = guarded(volume) ? unguardable(volume) : undefined;
	if (odd !== undefined) {
		throw new OcfError(OCF.ERR_CONFIGURED, odd);
	}
	if (volume.replica > 1 && volume.options.get('cluster.self-heal-daemon') === 'off') {
		throw new OcfError(OCF.ERR_CONFIGURED, `"gluster volume set ${volname} cluster.self-heal-daemon on": without it nothing is healed`);
	}
	return volume;
}

/** Why a volume of two copies cannot be kept: what its keeper sees would be another one's. */
function unguardable({name, bricks}: Volume): string | undefined {
	const hosts = new Set(bricks.map(({uuid, host}) => uuid || host));
	const pairs = bricks
		.filter((_, index) => index % 2 === 0)
		.every(({uuid, host}, pair) => {
			const twin = bricks[2 * pair + 1];
			return twin !== undefined && (twin.uuid || twin.host) !== (uuid || host);
		});
	if (hosts.size !== 2 || !pairs) {
		return `volume ${name}: two copies are guarded where each pair of bricks lies on the same two hosts; add an arbiter, or a volume a pair`;
	}
	const others = volumes().filter(other => {
		const known = other === name ? undefined : volumeNamed(other);
		return known?.started && known.replica > 1;
	});
	if (others.length > 0) {
		// One self-heal daemon serves them all.
		return `volume ${name} cannot be guarded beside ${others.join(', ')}: one replicated volume a host, or an arbiter`;
	}
	return multiplexed() ? `"gluster volume set all cluster.brick-multiplex off": a brick of ${name} could not be ended alone` : undefined;
}
