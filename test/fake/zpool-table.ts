// What ocf:twinpool:zpool must answer to everything that can be wrong.
import {bare, fault, noCluster, type Row, SHORT, without} from './matrix.ts';
import type {Twin} from './twin.ts';

const imported: Row['after'] = ({pool}) => pool !== undefined;
const absent: Row['after'] = ({pool}) => pool === undefined;
const newWord = ({world, alpha}: Twin): void => {
	alpha.pool = 'SPARKLING';
	world.changed();
};
const noModule = fault('zpool', {
	exit: 1,
	stderr: "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them.\n",
});
const stranger = ({world, alpha}: Twin): void => {
	const {data} = alpha.store;
	data.label = data.label && {...data.label, state: 'active', hostname: 'bravo', hostid: 0xb0};
	world.changed();
};
const monitor = {interval: 10_000};

const missing: Row[] = [undefined, ''].flatMap(pool => {
	const what = pool === undefined ? 'no pool' : 'an empty pool';
	const reason = /pool is required/u;
	const more = {params: {pool}};
	return [
		...['start', 'monitor', 'validate-all'].map(action => ({what, stage: 'promoted' as const, action, more, exit: 6, reason})),
		{what, stage: 'promoted', action: 'stop', more, exit: 0, reason},
	];
});
const unknown: Row[] = [
	{action: 'start', exit: 1, reason: /no device here carries pool nosuch/u, more: {timeout: 4000, params: {pool: 'nosuch'}}},
	{action: 'monitor', exit: 7, more: {params: {pool: 'nosuch'}}},
	{action: 'stop', exit: 0, more: {params: {pool: 'nosuch'}}},
].map(row => ({what: 'an unknown pool', stage: 'promoted' as const, ...row}));
const software: Row[] = [
	{what: 'nothing installed', stage: 'down', action: 'monitor', broken: bare, exit: 7},
	{what: 'nothing installed', stage: 'down', action: 'start', broken: bare, exit: 5, reason: /zpool is not installed/u},
	{what: 'nothing installed', stage: 'down', action: 'stop', broken: bare, exit: 0},
	{what: 'no kernel module', stage: 'promoted', action: 'start', broken: noModule, exit: 5, reason: /not in this kernel/u},
	{what: 'zpool is absent', stage: 'promoted', action: 'start', broken: without('zpool'), exit: 5, reason: /zpool is not installed/u},
	{what: 'zpool is absent', stage: 'imported', action: 'monitor', more: monitor, broken: without('zpool'), exit: 0},
	{
		what: 'zpool is absent',
		stage: 'imported',
		action: 'stop',
		broken: without('zpool'),
		exit: 1,
		reason: /zpool is not installed/u,
		after: imported,
	},
	{what: 'zpool is absent', stage: 'promoted', action: 'stop', broken: without('zpool'), exit: 0, after: absent},
	{
		what: 'the device is not writable here',
		stage: 'up',
		action: 'start',
		more: SHORT,
		exit: 1,
		reason: /no device here carries pool tank/u,
		after: absent,
	},
];
const tools: Row[] = [
	{
		what: 'zpool hangs',
		stage: 'promoted',
		action: 'start',
		more: SHORT,
		broken: fault('zpool', 'hang'),
		exit: 1,
		reason: /zpool gave no answer/u,
		after: absent,
	},
	{what: 'zpool hangs', stage: 'imported', action: 'monitor', more: monitor, broken: fault('zpool', 'hang'), exit: 0},
	{
		what: 'zpool hangs',
		stage: 'imported',
		action: 'stop',
		more: SHORT,
		broken: fault('zpool', 'hang'),
		exit: 1,
		reason: /zpool gave no answer/u,
		after: imported,
	},
	{
		what: 'zpool prints garbage',
		stage: 'promoted',
		action: 'start',
		more: SHORT,
		broken: fault('zpool', 'garbage'),
		exit: 1,
		reason: /kernel does not have the pool/u,
	},
	{
		what: 'zpool prints garbage',
		stage: 'imported',
		action: 'stop',
		more: SHORT,
		broken: fault('zpool', 'garbage'),
		exit: 1,
		reason: /\w/u,
		after: imported,
	},
	{
		what: 'zpool is killed',
		stage: 'promoted',
		action: 'start',
		more: SHORT,
		broken: fault('zpool', 'killed'),
		exit: 1,
		reason: /killed by SIGKILL/u,
		after: absent,
	},
	{
		what: 'zpool is killed',
		stage: 'imported',
		action: 'stop',
		more: SHORT,
		broken: fault('zpool', 'killed'),
		exit: 1,
		reason: /killed by SIGKILL/u,
		after: imported,
	},
	{what: 'an unknown state word', stage: 'imported', action: 'monitor', more: monitor, broken: newWord, exit: 1, reason: /SPARKLING/u},
	{what: 'an unknown state word', stage: 'imported', action: 'start', broken: newWord, exit: 1, reason: /SPARKLING/u},
	{what: 'an unknown state word', stage: 'imported', action: 'stop', broken: newWord, exit: 0, after: absent},
	{
		what: 'somebody uses it',
		stage: 'imported',
		action: 'stop',
		more: SHORT,
		broken: ({world}) => {
			world.busy = true;
		},
		exit: 1,
		reason: /tank.*busy|held|use/u,
		after: imported,
	},
	{
		what: 'a timeout of 1 s and a tool that hangs',
		stage: 'promoted',
		action: 'start',
		more: {timeout: 1000},
		broken: fault('zpool', 'hang'),
		exit: 1,
		reason: /\w/u,
		after: absent,
	},
	{what: 'a timeout of 1 s', stage: 'imported', action: 'monitor', more: {timeout: 1000, ...monitor}, exit: 0},
];
const owner: Row[] = [
	{what: 'no cluster runs', stage: 'promoted', action: 'start', broken: noCluster, exit: 0, after: imported},
	{what: 'no cluster runs', stage: 'imported', action: 'stop', broken: noCluster, exit: 0, after: absent},
	{
		what: 'another host had it and no cluster runs',
		stage: 'promoted',
		action: 'start',
		broken: hosts => {
			stranger(hosts);
			noCluster(hosts);
		},
		exit: 1,
		reason: /last used by bravo, which is not known to be down/u,
		after: absent,
	},
	{
		what: 'another host had it and is a member',
		stage: 'promoted',
		action: 'start',
		broken: stranger,
		exit: 1,
		reason: /last used by bravo/u,
		after: absent,
	},
	{
		what: 'another host had it and is lost',
		stage: 'promoted',
		action: 'start',
		broken: hosts => {
			stranger(hosts);
			hosts.world.cluster.lose('bravo');
		},
		exit: 1,
		reason: /not known to be down/u,
		after: absent,
	},
	{
		what: 'another host had it and is fenced',
		stage: 'promoted',
		action: 'start',
		broken: hosts => {
			stranger(hosts);
			hosts.world.cluster.fenced('bravo');
		},
		exit: 0,
		after: imported,
	},
	{
		what: 'another host had it, and cibadmin hangs',
		stage: 'promoted',
		action: 'start',
		more: SHORT,
		broken: hosts => {
			stranger(hosts);
			fault('cibadmin', 'hang')(hosts);
		},
		exit: 1,
		reason: /bravo/u,
		after: absent,
	},
	{
		what: 'another host had it, and cibadmin prints garbage',
		stage: 'promoted',
		action: 'start',
		more: SHORT,
		broken: hosts => {
			stranger(hosts);
			fault('cibadmin', 'garbage')(hosts);
		},
		exit: 1,
		reason: /bravo/u,
		after: absent,
	},
	// The guard's teeth: the same without the guard imports.
	{
		what: 'another host had it and is lost, with importforce=true',
		stage: 'promoted',
		action: 'start',
		more: {params: {importforce: 'true'}},
		broken: hosts => {
			stranger(hosts);
			hosts.world.cluster.lose('bravo');
		},
		exit: 0,
		after: imported,
	},
];

export const rows: readonly Row[] = [...missing, ...unknown, ...software, ...tools, ...owner];
