/** What can break any two nodes with a pool between them, again and again. */
import {clock, freezing, power} from './machines.ts';
import {clusterLink, loss} from './network.ts';
import {corosync, daemon} from './processes.ts';
import type {Fault, Trouble} from './scene.ts';

/** `storage`: what a cut of the storage link is to this layout. */
export const common = (storage: Omit<Fault, 'name'>): readonly Trouble[] => [
	{name: 'power cut', make: power},
	{name: 'frozen for 60 s', make: freezing},
	{name: 'storage link cut', roles: ['holder'], make: () => storage},
	{name: 'cluster link cut', roles: ['standby'], make: () => clusterLink()},
	{name: 'both links cut', roles: ['standby'], make: () => clusterLink('storage')},
	{name: 'cluster link loses 30 %', make: loss('cluster', {perhaps: ['holder', 'standby']})},
	{name: 'corosync killed', make: corosync},
	{name: 'pacemakerd killed', make: daemon('pacemakerd')},
	{name: 'clock an hour ahead', make: clock},
];
