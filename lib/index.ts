/** twinpool as a library: pure machines and their words, one search, one loop, every parser, and OCF agents by declaration. */

// Pacemaker and fencing: the CIB as facts, and the verdict of a fence-peer handler.
export {type Cib, type ClusterNode, type Membership, parseCib} from './cluster/cib.ts';
// An OCF agent of your own: a declaration, and one call.
export {type Deadline, deadlineOf} from './deadline.ts';
// DRBD: the kernel's words, the machine, `drbdsetup events2 --now` as facts, promotion scores.
export {facts as drbdFacts} from './drbd/events2.ts';
export {type DrbdParams, drbd} from './drbd/index.ts';
export {machine as drbdMachine, type Token as DrbdToken, type Verb as DrbdVerb} from './drbd/machine.ts';
export {type Score as DrbdScore, score as drbdScore} from './drbd/score.ts';
export {CONNECTIONS, type Connection, DISKS, type Disk, type Facts as DrbdFacts, ROLES, type Role, type Volume} from './drbd/states.ts';
export {FENCE, type FenceCode} from './fence/codes.ts';
export {INPUTS as FENCE_INPUTS, type Situation, verdict} from './fence/verdict.ts';
// The algebra: search a machine, plan with it, reach a goal in the world, draw it.
export {type Edge, edges, mermaid, type Phase, type Subject} from './graph.ts';
export {type DestroyOptions, destroyGuests, type Fate, type Report as DestroyReport} from './guests/destroy.ts';
// libvirt's guests: the words, the machine, which of them use a storage, and how they are destroyed.
export {machine as guestsMachine, type Token as GuestsToken, type Verb as GuestsVerb} from './guests/machine.ts';
export {type Named as NamedStorage, namesOf, storageOf} from './guests/place.ts';
export {WORDS as GUEST_WORDS, type Word as GuestWord, wordOf as guestWord} from './guests/states.ts';
export {lives as livesOn, type Storage, uses as usesOf} from './guests/storage.ts';
export {surveyed as guestsSurveyed} from './guests/virsh.ts';
export {type Goal, type Here, type Lifecycle, type Outcome, outcome} from './lifecycle.ts';
export {type Agent, type Call, defineAgent, type Handler, main, type Times} from './ocf/agent.ts';
export {type Code, OCF, OcfError, oneLine} from './ocf/codes.ts';
export {agentPage} from './ocf/manual.ts';
export {metadata} from './ocf/metadata.ts';
export {choice, type Env, flag, type Param, type Params, parse, scores, text, type Values, whole} from './ocf/params.ts';
export {plan, type Step} from './plan.ts';
export {type Log, reach} from './reach.ts';
export {type Argv, type Result, type RunOptions, run, ToolError, type ToolFault} from './run.ts';
export {type Found, search} from './search.ts';
// The topology file: its schema, its text with what is wrong in it, the timeouts, and the files of a node.
export {type Parsed as ParsedTopology, parseTopology} from './topology/parse.ts';
export {type Rendered, render as renderTopology} from './topology/render.ts';
export {type Topology, type TopologyNode, topology as topologySchema} from './topology/schema.ts';
export {type Timing as TopologyTiming, timing as topologyTiming} from './topology/timing.ts';
// ZFS: the kernel's words, the machine, a device's label.
export {type Label as ZpoolLabel, label as zpoolLabel} from './vdev/label.ts';
export {zpool} from './zpool/index.ts';
export {machine as zpoolMachine, type Token as ZpoolToken, type Verb as ZpoolVerb} from './zpool/machine.ts';
export {type Facts as ZpoolFacts, WORDS as ZPOOL_WORDS, type Word as ZpoolWord, wordOf as zpoolWord} from './zpool/states.ts';
