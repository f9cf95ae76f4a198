/** What one program sees to by itself, and what is left of it when its guard is taken away. */

/** A guard as it stands in the product, what it is without it, and the test that has to miss it. */
export interface Guard {
	/** Below lib/. */
	file: string;
	/** A piece of text that is there once. */
	guard: string;
	without: string;
	/** Below test/, and the title in it. */
	test: string;
	title: string;
}

export const GUARDS: Record<string, Guard> = {
	'a pool is forced from another host only when that is known to be down': {
		file: 'zpool/right.ts',
		guard: 'if (down) {',
		without: 'if (down || why) {',
		test: 'zpool/import.ts',
		title: 'a pool of another host',
	},
	'a pool is not imported below the device that it was on': {
		file: 'zpool/find.ts',
		guard: "last === now || (last === 'disk' && named)",
		without: 'last === now || named || true',
		test: 'zpool/import.ts',
		title: 'a disk that is below DRBD is never imported',
	},
	'a device that is read-only is not imported from': {
		file: 'vdev/device.ts',
		guard: "?.trim() === '1'",
		without: "?.trim() === 'never'",
		test: 'zpool/import.ts',
		title: 'a disk that is below DRBD is never imported',
	},
	'only current data is promoted': {
		file: 'drbd/machine.ts',
		guard: "mayPromote: and(['current', ",
		without: 'mayPromote: and([',
		test: 'drbd/plan.ts',
		title: 'plans',
	},
	'nobody is promoted beside a Primary': {
		file: 'drbd/machine.ts',
		guard: "alone: not(seen('peer-role', ['Primary']))",
		without: 'alone: () => true',
		test: 'drbd/plan.ts',
		title: 'from every state that can be reached, stop has a way and promote never passes a Primary',
	},
	'a Primary stays frozen beside a peer that nobody fenced': {
		file: 'fence/verdict.ts',
		guard: "when: {peer: DARK, disk: ['UpToDate']},\n\t\tstep: FENCE.NONE,",
		without: "when: {peer: DARK, disk: ['UpToDate']},\n\t\tstep: FENCE.FENCED,",
		test: 'fence/verdict.ts',
		title: 'what must never be',
	},
	'a constraint is lifted by what was seen of it, before DRBD was looked at': {
		file: 'fence/unfence.ts',
		guard: "['--xpath', exactly(element)]",
		without: "['-o', 'constraints', '-X', render(element)]",
		test: 'fence/unfence.ts',
		title: 'what was written since it was looked at stays',
	},
	'a connection that broke meanwhile keeps the constraint': {
		file: 'fence/unfence.ts',
		guard: 'if (!(await ask(told, deadline, trace.run)).together) {',
		without: 'if (!(await ask(told, deadline, trace.run)).words) {',
		test: 'fence/unfence.ts',
		title: 'the connection breaks before the constraint is lifted: it stays',
	},
	'the target of a resync is kept from promotion until its source has heard of the end': {
		file: 'fence/behind.ts',
		guard: 'if (command) {',
		without: 'if (command && asking.options.dryRun) {',
		test: 'fence/behind.ts',
		title: 'only the source may be promoted from now on',
	},
	'what was seen long ago is not acted upon': {
		file: 'fence/steps.ts',
		guard: 'performance.now() - at > STALE',
		without: 'performance.now() - at > 1e9 * STALE',
		test: 'fence/stale.ts',
		title: 'what was seen long ago is looked at again before the constraint is written',
	},
	'a constraint that stands is written anew while the peer is up': {
		file: 'fence/scene.ts',
		guard: "markedBy(stands.element, mark) ? 'mine' : 'old'",
		without: "markedBy(stands.element, mark) ? 'old' : 'mine'",
		test: 'fence/handler.ts',
		title: 'a constraint from before is written anew beside a live peer, and not taken back',
	},
	'what is imported never counts as stopped': {
		file: 'zpool/actions.ts',
		guard: 'throw new OcfError(OCF.ERR_GENERIC, sick(pool, facts));',
		without: 'return OCF.NOT_RUNNING;',
		test: 'zpool/agent.ts',
		title: 'what monitor says to each word of the kernel',
	},
	'a stop that cannot export says who holds the pool': {
		file: 'zpool/export.ts',
		guard: 'const held = holders(pool);',
		without: 'const held: ReturnType<typeof holders> = [];',
		test: 'zpool/bad.ts',
		title: 'a stop does the right thing whatever it is given',
	},
	'a guest in any other state than shut off is active': {
		file: 'guests/states.ts',
		guard: "word !== 'shut off' && word !== 'absent'",
		without: "word !== 'shut off' && word !== 'absent' && word !== 'crashed'",
		test: 'guests/plan.ts',
		title: 'every state but two is active, and so is a word that we do not know',
	},
	'a guest that is shut off and has a process is not gone': {
		file: 'guests/look.ts',
		guard: "return left(task, uuid) ? 'in shutdown' : word;",
		without: 'return word;',
		test: 'guests/stop.ts',
		title: 'shut off with a process that stays is no stop',
	},
	'a start waits for a volume that is not served yet': {
		file: 'guests/served.ts',
		guard: '!(error instanceof Unserved)',
		without: '(!(error instanceof Unserved) || tries === 0)',
		test: 'guests/served.ts',
		title: 'a volume that is not served yet is waited for',
	},
	'a brick whose pool is suspended is not touched': {
		file: 'gluster/dataset.ts',
		guard: '/^(ONLINE|DEGRADED)$/u.test(state)',
		without: '/^(ONLINE|DEGRADED|SUSPENDED)$/u.test(state)',
		test: 'gluster/agent.ts',
		title: 'a pool that has lost its disks: nothing below the brick is touched, and it is said',
	},
	'a guest that is active on the peer is not started': {
		file: 'guests/peer.ts',
		guard: 'both.length > 0',
		without: 'both.length > 99',
		test: 'guests/peer.ts',
		title: 'a guest that is active on the peer is never started',
	},
	'guests are not started after a host that may still have them': {
		file: 'guests/peer.ts',
		guard: 'if (other && why?.down) {',
		without: 'if (other && why) {',
		test: 'guests/peer.ts',
		title: 'after another host had them nothing starts, until it is known that it let go',
	},
	'a fenced guest is off only when its process cannot be seen either': {
		file: 'fence/libvirt/proof.ts',
		guard: 'if (threads !== undefined) {',
		without: "if (threads === 'never') {",
		test: 'fence/libvirt.ts',
		title: 'a guest stuck in the kernel is not off, whatever libvirt says, and status knows it',
	},
	'a lease that is gone again is not agreed upon': {
		file: 'cluster/agreed.ts',
		guard: 'const why = doubt(after, me) ?? undone(after, pool, lease);',
		without: 'const why = doubt(after, me);',
		test: 'iscsi/stop.ts',
		title: 'a half is left out only when every member knows',
	},
	'a glusterd that does not answer fails no stop': {
		file: 'gluster/stop.ts',
		guard:
			'setCount(volume, copies, deadline).catch((error: unknown) => kept.log(error instanceof Error ? error.message : String(error)));',
		without: 'setCount(volume, copies, deadline);',
		test: 'gluster/stop.ts',
		title: 'a glusterd that hangs fails no stop: its node would be fenced for it',
	},
	'a command that is too slow is given up': {
		file: 'run.ts',
		guard: 'afterNews(timeout, ',
		without: 'afterNews(timeout * 1000, ',
		test: 'ocf/agent.ts',
		title: 'a tool that hangs or dies is 1, and said',
	},
	'what a command printed is read before its time is up': {
		file: 'run.ts',
		guard: 'setTimeout(() => setImmediate(then), ms)',
		without: 'setTimeout(then, ms)',
		test: 'answer.ts',
		title: 'printed, and ended, while we computed',
	},
	'a peer that answered while we computed has answered': {
		file: 'knock.ts',
		guard: '() => setImmediate(answer, ',
		without: '() => answer(',
		test: 'answer.ts',
		title: 'somebody listened, and the time for the knock was up while we computed',
	},
	'what a command began ends with it': {
		file: 'run.ts',
		guard: '\t\tkillTree(Number(child));',
		without: '\t\tvoid child;',
		test: 'ocf/agent.ts',
		title: 'told to end: says what it waited for, and leaves no child behind',
	},
};
