import {unitOff, unitOn} from '../cluster/unit.ts';
import type {Env} from '../ocf/params.ts';
import {runFile} from './params.ts';

const unit = (volume: string): string => `twinpool-gluster@${volume}.service`;

/** Start who keeps the volume. Gives why not. */
export const keeperOn = (volume: string, env: Env): Promise<string | undefined> => unitOn(unit(volume), runFile(volume, 'env'), env);
export const keeperOff = (volume: string): Promise<string | undefined> => unitOff(unit(volume));
