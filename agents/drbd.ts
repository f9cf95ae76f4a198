import {perform} from '../lib/drbd/actions.ts';
import {defineAgent} from '../lib/ocf/agent.ts';
import {choice, flag, scores, text, whole} from '../lib/ocf/params.ts';

const NAME = /^[\w@.:-]+$/u;
const VERSION = /^\d+(\.\d+){0,2}$/u;

/** `ocf:twinpool:drbd`: takes every parameter of ocf:linbit:drbd, by the same name. */
export const agent = defineAgent({
	name: 'drbd',
	version: '1.0',
	short: 'Manages a DRBD resource as a promotable clone',
	long: `Brings one DRBD resource up and down and moves it between Secondary and Primary, on DRBD 8.4 and 9.
It looks at the kernel, takes one drbdadm step, and looks again. Clone notifications are taken but not needed.
Split-brain, StandAlone, resync, Outdated and Diskless show as exit reason and in the node attribute twinpool-drbd-RESOURCE.`,
	params: {
		drbd_resource: text({
			required: true,
			unique: true,
			pattern: NAME,
			says: 'the name of a DRBD resource (letters, digits and _ @ . : -)',
			short: 'DRBD resource',
			long: 'The name of the DRBD resource, as in drbd.conf.',
		}),
		drbdconf: text({
			default: '/etc/drbd.conf',
			pattern: /^\/[^\p{Cc}]*$/u,
			says: 'an absolute path',
			short: 'Path to drbd.conf',
			long: 'The configuration file that drbdadm reads.',
		}),
		adjust_master_score: scores({
			default: '0 10 1000 10000',
			short: 'Promotion scores',
			long: "Four numbers, none smaller than the one before: the score for Consistent data, for a disk that is not UpToDate while the peer's is, for UpToDate data with an unknown peer, and for UpToDate data with a known peer.",
		}),
		stop_outdates_secondary: flag({
			default: 'false',
			short: 'Outdate a stopping Secondary',
			long: 'When a Secondary stops while the peer is Primary, mark its data as Outdated, so that it cannot be promoted by mistake.',
		}),
		wfc_timeout: whole({
			default: '5',
			short: 'Seconds to wait for the peer',
			long: 'How long start waits for the connection. Start succeeds without one.',
		}),
		remove_master_score_if_peer_primary: choice(['true', 'false', 'unexpected'], {
			default: 'false',
			short: 'No score beside a Primary',
			long: 'Remove the promotion score while connected to a healthy Primary; "unexpected" does so only if the cluster manager knows no promoted instance.',
		}),
		fail_promote_early_if_peer_primary: flag({
			default: 'false',
			short: 'Fail promote early',
			long: 'Fail promote at the first refusal when DRBD still sees a Primary on the peer, instead of trying until the timeout.',
		}),
		unfence_if_all_uptodate: flag({
			default: 'false',
			short: 'Unfence from monitor',
			long: 'Call the unfence-peer handler whenever monitor finds a Primary with everything UpToDate.',
		}),
		require_drbd_module_version_ge: text({
			default: '8.0.0',
			pattern: VERSION,
			says: 'a version',
			short: 'Least module version',
			long: 'Refuse to run with an older DRBD kernel module.',
		}),
		require_drbd_module_version_lt: text({
			default: '10.0.0',
			pattern: VERSION,
			says: 'a version',
			short: 'Module version limit',
			long: 'Refuse to run with this DRBD kernel module or a newer one.',
		}),
		connect_only_after_promote: flag({
			default: 'false',
			short: 'Connect after promote',
			long: 'Attach at start, and connect to the peer only after a promotion: for stacked set-ups.',
		}),
		ignore_missing_notifications: flag({
			default: 'false',
			short: 'No effect',
			long: 'Taken for the sake of existing configurations. This agent needs no notifications.',
		}),
	},
	actions: {
		start: [{timeout: 240}],
		promote: [{timeout: 90}],
		demote: [{timeout: 90}],
		notify: [{timeout: 90}],
		stop: [{timeout: 100}],
		reload: [{timeout: 30}],
		monitor: [
			{timeout: 20, interval: 20, role: 'Unpromoted'},
			{timeout: 20, interval: 10, role: 'Promoted'},
		],
		'meta-data': [{timeout: 5}],
		'validate-all': [{timeout: 20}],
	},
	perform,
});
