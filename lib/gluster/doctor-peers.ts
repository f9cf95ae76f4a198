import type {Finding, Severity} from '../doctor/finding.ts';
import {read} from '../host.ts';
import {recordOf, records, strangers, type Volume} from './store.ts';

export type Check = readonly [Severity, (volume: Volume) => Finding | undefined];

/** What glusterd's records of its peers say. */
export const PEERS: readonly Check[] = [
	[
		'loss',
		volume => {
			const [lost] = strangers(volume);
			return (
				lost && {
					seen: `glusterd has no record of its peer ${lost.host}, which has a brick of ${volume.name}`,
					hurts: 'at its next start it ends with "Failed to resolve brick": this copy stays away',
					fix: `printf 'uuid=${lost.uuid}\\nstate=3\\nhostname1=${lost.host}\\n' >${recordOf(lost.uuid)}`,
				}
			);
		},
	],
	[
		'stuck',
		volume => {
			const odd = records()
				.map(file => read(recordOf(file)) ?? '')
				.find(text => !/^state=3$/mu.test(text));
			return odd === undefined
				? undefined
				: {
						seen: `peer ${/^hostname1=(.*)$/mu.exec(odd)?.[1]} is in state ${/^state=(.*)$/mu.exec(odd)?.[1]}, not in the cluster (3)`,
						hurts: `what is set of ${volume.name} on the one side is not set on the other one`,
						fix: 'gluster peer status; a peer that was rejected takes the configuration of the other one, when its own is moved away',
					};
		},
	],
];
