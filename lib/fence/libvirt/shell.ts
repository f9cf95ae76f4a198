import {quoted, type Step, script} from './script.ts';

/** A line a thread, since one that is stuck outlives the process's own line. */
const THREADS = 'ps -eLo pid=,stat=,args=';
/** Between two looks at a process that is dying. */
const BEAT = '0.02';

/**
 * v asks virsh. t takes the domain's UUID from its answer. p says whether a process of that domain is there: 0 it is, 1 it is not,
 * and 2 nobody knows, since a ps that fails has seen nothing and proves nothing.
 */
const prelude = (virsh: string): string =>
	`export LC_ALL=C; v() { ${virsh} "$1"; }; t() { u=$1; }; p() { l=$(${THREADS}) || return 2; case "$l" in *" -uuid $u "*) return 0;; esac; return 1; }; `;

/** Ask; an answer without its end is none. The last mark is uuid. */
const told = (steps: readonly Step[]): string => `o=$(v ${quoted(script(steps))}) || exit; printf '%s\\n' "$o"; t \${o##*@uuid:}; `;
const SEEN = `p; case $? in 0) echo @there:; printf '%s\\n' "$l" | grep -e " -uuid $u ";; 2) echo @blind:;; esac; echo @finish:`;

/** Ask virsh, and look for the process of the domain whose UUID it told. */
export const witnessed = (virsh: string, steps: readonly Step[]): string => `${prelude(virsh)}${told(steps)}${SEEN}`;

/**
 * Destroy, and see the process go. libvirt looks every fifth of a second whether it is gone: who sees it go need not wait for
 * libvirt to say so. Whatever is not that plain is asked of libvirt in the end, and the threads looked at once more.
 * `exec`, since a shell that redirects a function keeps the old output, and ssh waits for whoever has it.
 * `patient`: wait for virsh also then, so that nothing of ours is left on this host.
 */
export const destroyed = (virsh: string, before: readonly Step[], after: readonly Step[], patient: boolean): string => {
	const go = `v ${quoted(script(after))}`;
	const gone = `[ $? -eq 1 ] && { ${patient ? 'wait; ' : ''}echo @gone:; echo @finish:; exit 0; }`;
	const watch = `while :; do p; ${gone}; kill -0 $! 2>/dev/null || break; sleep ${BEAT} || sleep 1; done`;
	return `${prelude(virsh)}${told(before)}if p; then { exec >/dev/null 2>&1; ${go}; } & ${watch}; fi; ${go}; ${SEEN}`;
};

/** Every guest's threads. */
export const EVERYBODY = `${THREADS} | grep -e ' -nam[e] guest='`;
