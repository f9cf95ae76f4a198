import * as twinpool from 'twinpool';

const start = twinpool.drbdMachine.resolveState({value: 'down', context: {twoPrimaries: false, peerDown: false}});
const plan = twinpool.plan(twinpool.drbdMachine, start, {reach: ['Promoted', 'Attached'], by: ['adjust', 'primary']});
const capture = `exists resource name:r0 role:Secondary suspended:no
exists connection name:r0 peer-node-id:1 conn-name:bravo connection:Connected role:Primary
exists device name:r0 volume:0 minor:0 disk:UpToDate client:no quorum:yes
exists peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 replication:Established peer-disk:UpToDate
exists -
`;
const facts: twinpool.DrbdFacts | undefined = twinpool.drbdFacts(capture, 'r0');
const score = facts && twinpool.drbdScore(facts, [0, 10, 1000, 10_000], false);
const situation = Object.fromEntries(
	Object.entries(twinpool.FENCE_INPUTS).map(([name, values]) => [name, values[0]]),
) as unknown as twinpool.Situation;
const goal: twinpool.Goal = {reach: ['Started'], by: ['import']};
const drawn = twinpool.mermaid({machine: twinpool.zpoolMachine, context: {}, up: goal, failover: goal, down: goal}, 'bring up');
let states = 0;
for (const {path} of twinpool.search(0, count => (count < 9 ? [['one more', count + 1]] : []))) {
	states += path.length;
}
const reaches: typeof twinpool.reach = twinpool.reach;

console.log(
	JSON.stringify({
		plan: plan?.map(({type}) => type).filter(type => !type.includes(':')),
		states: states === 45 && typeof reaches === 'function',
		facts: facts?.disk,
		score: typeof score,
		verdict: twinpool.verdict({...situation}).step === undefined ? 0 : 1,
		word: twinpool.zpoolWord('ONLINE'),
		graph: drawn.split('\n')[0],
	}),
);
