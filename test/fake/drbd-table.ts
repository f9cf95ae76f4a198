// What ocf:twinpool:drbd must answer to everything that can be wrong.
import {rmSync} from 'node:fs';
import {bare, fault, noCluster, put, type Row, SHORT, without} from './matrix.ts';
import type {Twin} from './twin.ts';

const noModule = ({world, alpha}: Twin): void => {
	alpha.module = false;
	world.changed();
};
const noConf = ({alpha}: Twin): void => rmSync(`${alpha.root}/etc/drbd.conf`);
const badConf = put('/etc/drbd.conf', 'garbage here\n');
/** A newer DRBD with words that nobody knows yet. */
const newWords = fault('drbdsetup:events2', {
	garble: text => text.replace(/UpToDate/gu, 'Glittering').replace(/connection:Connected/u, 'connection:Sparkling'),
});
const monitor = {interval: 10_000};
const down: Row['after'] = ({resource}) => resource === undefined;
const up: Row['after'] = ({resource}) => resource?.role === 'Secondary';
const promoted: Row['after'] = ({resource}) => resource?.role === 'Primary';

const missing: Row[] = [undefined, ''].flatMap(drbdResource => {
	const what = drbdResource === undefined ? 'no drbd_resource' : 'an empty drbd_resource';
	const reason = /drbd_resource is required/u;
	const more = {params: {drbd_resource: drbdResource}};
	return [
		...['start', 'monitor', 'promote', 'demote', 'notify', 'reload', 'validate-all'].map(action => ({
			what,
			stage: 'down' as const,
			action,
			more,
			exit: 6,
			reason,
		})),
		{what, stage: 'down', action: 'stop', more, exit: 0, reason},
	];
});
const unknown: Row[] = [
	{action: 'start', exit: 5, reason: /nosuch is not defined in .*drbd\.conf/u},
	{action: 'validate-all', exit: 5, reason: /nosuch is not defined/u},
	{action: 'monitor', exit: 7},
	{action: 'promote', exit: 7},
	{action: 'stop', exit: 0},
].map(row => ({what: 'an unknown resource', stage: 'up' as const, more: {params: {drbd_resource: 'nosuch'}}, ...row, after: up}));
const configuration: Row[] = [
	{
		what: 'drbd.conf is missing',
		stage: 'down',
		action: 'start',
		broken: noConf,
		exit: 5,
		reason: /drbd\.conf cannot be read/u,
		after: down,
	},
	{what: 'drbd.conf is missing', stage: 'up', action: 'monitor', more: monitor, broken: noConf, exit: 0, after: up},
	{what: 'drbd.conf is missing', stage: 'up', action: 'promote', broken: noConf, exit: 5, reason: /drbd\.conf/u, after: up},
	{what: 'drbd.conf is missing', stage: 'promoted', action: 'demote', broken: noConf, exit: 0, after: up},
	{what: 'drbd.conf is missing', stage: 'promoted', action: 'stop', broken: noConf, exit: 0, after: down},
	{what: 'drbd.conf is invalid', stage: 'down', action: 'start', broken: badConf, exit: 5, reason: /drbd\.conf is not valid/u, after: down},
	{what: 'drbd.conf is invalid', stage: 'up', action: 'monitor', more: monitor, broken: badConf, exit: 0, after: up},
	{what: 'drbd.conf is invalid', stage: 'up', action: 'stop', broken: badConf, exit: 0, after: down},
];
const software: Row[] = [
	{what: 'no kernel module', stage: 'down', action: 'start', broken: noModule, exit: 5, reason: /kernel module drbd cannot be loaded/u},
	{what: 'no kernel module', stage: 'down', action: 'monitor', broken: noModule, exit: 7},
	{what: 'no kernel module', stage: 'down', action: 'stop', broken: noModule, exit: 0},
	{what: 'nothing installed', stage: 'down', action: 'monitor', broken: bare, exit: 7},
	{what: 'nothing installed', stage: 'down', action: 'start', broken: bare, exit: 5, reason: /drbd/u},
	{what: 'nothing installed', stage: 'down', action: 'stop', broken: bare, exit: 0},
	{what: 'nothing installed', stage: 'down', action: 'validate-all', broken: bare, exit: 5, reason: /drbd/u},
	{
		what: 'drbdadm is absent',
		stage: 'up',
		action: 'promote',
		broken: without('drbdadm'),
		exit: 5,
		reason: /drbdadm is not installed/u,
		after: up,
	},
	{what: 'drbdadm is absent', stage: 'promoted', action: 'stop', broken: without('drbdadm'), exit: 0, after: down},
	{what: 'no cluster runs', stage: 'down', action: 'start', broken: noCluster, exit: 0, after: up},
	{what: 'no cluster runs', stage: 'up', action: 'monitor', more: monitor, broken: noCluster, exit: 0},
	{what: 'no cluster runs', stage: 'promoted', action: 'monitor', more: monitor, broken: noCluster, exit: 8},
	{what: 'no cluster runs', stage: 'up', action: 'promote', broken: noCluster, exit: 0, after: promoted},
	{what: 'no cluster runs', stage: 'promoted', action: 'stop', broken: noCluster, exit: 0, after: down},
];
const tools: Row[] = [
	{
		what: 'drbdadm hangs',
		stage: 'down',
		action: 'start',
		more: SHORT,
		broken: fault('drbdadm', 'hang'),
		exit: 1,
		reason: /drbdadm gave no answer/u,
		after: down,
	},
	{
		what: 'drbdadm hangs',
		stage: 'up',
		action: 'promote',
		more: SHORT,
		broken: fault('drbdadm:primary', 'hang'),
		exit: 1,
		reason: /drbdadm gave no answer/u,
		after: up,
	},
	{what: 'drbdadm hangs', stage: 'promoted', action: 'stop', more: {timeout: 8000}, broken: fault('drbdadm', 'hang'), exit: 0, after: down},
	{
		what: 'drbdadm prints garbage',
		stage: 'down',
		action: 'start',
		more: SHORT,
		broken: fault('drbdadm', 'garbage'),
		exit: 1,
		reason: /\w/u,
		after: down,
	},
	{
		what: 'drbdadm is killed',
		stage: 'down',
		action: 'start',
		broken: fault('drbdadm', 'killed'),
		exit: 1,
		reason: /drbdadm was killed by SIGKILL/u,
	},
	{
		what: 'drbdadm is killed',
		stage: 'up',
		action: 'promote',
		broken: fault('drbdadm', 'killed'),
		exit: 1,
		reason: /killed by SIGKILL/u,
		after: up,
	},
	{what: 'drbdadm is killed', stage: 'up', action: 'stop', broken: fault('drbdadm', 'killed'), exit: 0, after: down},
	{
		what: 'drbdsetup hangs',
		stage: 'up',
		action: 'promote',
		more: SHORT,
		broken: fault('drbdsetup', 'hang'),
		exit: 1,
		reason: /drbdsetup gave no answer/u,
		after: up,
	},
	{
		what: 'drbdsetup prints garbage',
		stage: 'up',
		action: 'promote',
		broken: fault('drbdsetup', 'garbage'),
		exit: 1,
		reason: /no whole answer/u,
		after: up,
	},
	{
		what: 'drbdsetup is killed',
		stage: 'up',
		action: 'promote',
		broken: fault('drbdsetup', 'killed'),
		exit: 1,
		reason: /killed by SIGKILL/u,
		after: up,
	},
	{what: 'unknown state words', stage: 'up', action: 'promote', broken: newWords, exit: 1, reason: /UpToDate|Primary/u, after: up},
	{what: 'unknown state words', stage: 'up', action: 'stop', broken: newWords, exit: 0, after: down},
	{
		what: 'the attribute tools hang',
		stage: 'promoted',
		action: 'stop',
		more: SHORT,
		broken: hosts => {
			fault('crm_attribute', 'hang')(hosts);
			fault('attrd_updater', 'hang')(hosts);
		},
		exit: 0,
		after: down,
	},
	{what: 'the pool is still imported', stage: 'imported', action: 'stop', more: SHORT, exit: 1, reason: /held open/u, after: promoted},
	{
		what: 'drbdadm hangs, and the pool is still imported',
		stage: 'imported',
		action: 'demote',
		more: SHORT,
		broken: fault('drbdadm', 'hang'),
		exit: 1,
		reason: /held open/u,
		after: promoted,
	},
	{what: 'the pool is still imported', stage: 'imported', action: 'demote', more: SHORT, exit: 1, reason: /held open/u, after: promoted},
	{
		what: 'a timeout of 1 s and a tool that hangs',
		stage: 'up',
		action: 'promote',
		more: {timeout: 1000},
		broken: fault('drbdadm', 'hang'),
		exit: 1,
		reason: /no answer|ran out/u,
		after: up,
	},
	{what: 'a timeout of 1 s', stage: 'down', action: 'monitor', more: {timeout: 1000}, exit: 7},
];

export const rows: readonly Row[] = [...missing, ...unknown, ...configuration, ...software, ...tools];
