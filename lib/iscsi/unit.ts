import {unitOff, unitOn} from '../cluster/unit.ts';
import type {Env} from '../ocf/params.ts';
import {type LegParams, runFile} from './params.ts';

const unit = (pool: string): string => `twinpool-leg@${pool}.service`;

/** Start who keeps the leg. Gives why not. */
export const keeperOn = ({pool}: LegParams, env: Env): Promise<string | undefined> => unitOn(unit(pool), runFile(pool, 'env'), env);
export const keeperOff = (pool: string): Promise<string | undefined> => unitOff(unit(pool));
