/** twinpool as a library: pure machines and their words, one search, one loop, every parser, and OCF agents by declaration. */
export {type Deadline, deadlineOf} from './deadline.ts';
export {type Goal, type Here, type Lifecycle, type Outcome, outcome} from './lifecycle.ts';
export {type Agent, type Call, defineAgent, type Handler, main, type Times} from './ocf/agent.ts';
export {type Code, OCF, OcfError} from './ocf/codes.ts';
export {metadata} from './ocf/metadata.ts';
export {choice, type Env, flag, type Param, type Params, parse, text, type Values, whole} from './ocf/params.ts';
export {plan, type Step} from './plan.ts';
export {type Log, reach} from './reach.ts';
export {type Argv, type Result, type RunOptions, run, ToolError, type ToolFault} from './run.ts';
export {type Found, search} from './search.ts';
