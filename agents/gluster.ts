import * as z from 'zod/mini';
import {perform} from '../lib/gluster/actions.ts';
import {defineAgent} from '../lib/ocf/agent.ts';
import {choice, flag, type Param, text} from '../lib/ocf/params.ts';

const options: Param<Map<string, string>> = {
	...text({
		default: '',
		short: 'Volume options',
		long: 'Options of the volume, as KEY=VALUE separated by blanks, e.g. "storage.owner-uid=64055 features.shard=on". Start sets those that are different. The quorum (cluster.quorum-type, cluster.quorum-count) is the agent\'s own.',
	}),
	schema: z.pipe(
		z.string().check(
			z.regex(/^\s*((?!cluster\.quorum-)[a-z][\w-]*\.[\w.-]+=[^\s=]+(\s+|$))*$/u, {
				error: 'expected KEY=VALUE, separated by blanks, and nothing of cluster.quorum-*',
			}),
		),
		z.transform(
			line =>
				new Map(
					line
						.split(/\s+/u)
						.filter(Boolean)
						.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
				),
		),
	),
};

const optional = (about: {short: string; long: string; says: string}): Param<number | undefined> => ({
	...text({default: '', ...about}),
	schema: z.pipe(
		z.string().check(z.regex(/^\d{0,9}s?$/u, {error: `expected ${about.says}`})),
		z.transform(word => (word === '' ? undefined : Number.parseInt(word, 10))),
	),
});

/** `ocf:twinpool:gluster`: the volume's name as gluster's own agent calls it. */
export const agent = defineAgent({
	name: 'gluster',
	version: '1.0',
	short: 'Keeps a replicated Gluster volume on local pools',
	long: `A Gluster volume whose bricks lie on a local pool of each node: to be run as a clone, one instance a node.
Start sees that the dataset below each brick is mounted, starts glusterd and the bricks of this node, and mounts the volume. A brick is this node's by glusterd's own id, whatever it was called when the volume was made.
A volume of two copies without an arbiter is guarded: writes need both copies (cluster.quorum-count 2) until a lease in the CIB says that one of them is behind, and every other node has read that, or is down for sure. While that is not so clients wait, for network.ping-timeout at most, and then fail: nothing is acknowledged by one side alone. Then the unit twinpool-gluster@VOLUME lets one copy be enough and drops the dead connections, and the clients go on. When the other side is back, writes need both again, and when all is healed the lease says so. A copy that is behind is not served out of the other one's sight: its brick ends and glusterd is held (SIGSTOP), until the other side has answered for 8 s.
With an arbiter, or three copies, Gluster's own quorum decides, and the agent leaves it alone.`,
	params: {
		volname: text({
			required: true,
			unique: true,
			pattern: /^[\w-]{1,255}$/u,
			says: 'the name of a volume',
			short: 'Volume name',
			long: 'The volume, which was made with "gluster volume create".',
		}),
		mountpoint: text({
			default: '',
			pattern: /^(\/[^\p{Cc}]*[^\p{Cc}/])?$/u,
			says: 'an absolute path without a slash at its end',
			short: 'Mount point',
			long: "Where the volume is mounted on each node, from the node's own glusterd. Empty: it is not mounted, as for machines that use libgfapi.",
		}),
		options,
		ping_timeout: optional({
			short: 'network.ping-timeout',
			long: 'How long clients wait for a brick that is silent, in seconds, before they fail or go on without it. In this time a lost node has to be fenced, or the lease agreed upon; else writes fail. Empty: as it is set (42).',
			says: 'a whole number of seconds',
		}),
		heal: choice(['gate', 'none'], {
			default: 'gate',
			short: 'Wait for the heal',
			long: 'With gate a node is marked with the attribute "twinpool-behind-VOLUME" until its copy is healed, so that a rule (see the examples) keeps guests away from it; with none only while it is out of reach.',
		}),
		degraded: flag({
			default: 'false',
			short: 'Report what is being healed',
			long: 'Let monitor report a volume that is not whole as degraded (190), which Pacemaker shows and treats as running. Not with Pacemaker 2.1.5: there a monitor that answered so last can delay a move by two minutes.',
		}),
		override: optional({
			short: 'Serve a copy that is behind',
			long: 'The epoch of the lease at which this node may serve a copy that is behind, giving up what the other one took since. It is good for that epoch alone: the refusal names it. 0 is for a volume that has no lease yet.',
			says: 'the epoch of a lease',
		}),
	},
	actions: {
		start: [{timeout: 120}],
		stop: [{timeout: 90}],
		monitor: [{timeout: 30, interval: 10}],
		'validate-all': [{timeout: 30}],
		'meta-data': [{timeout: 5}],
	},
	perform,
});
