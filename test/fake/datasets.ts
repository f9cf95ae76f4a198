// A host with datasets, for the command line: zfs as far as snapshots go, and the twinpool that was built.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Tree} from './tree.ts';

export const TWINPOOL = new URL('../../dist/root/usr/bin/twinpool', import.meta.url).pathname;

/** Snapshots and bookmarks are lines of a file, oldest first; a stream is what would be in it. /deaf: it refuses to snapshot; /stuck: to roll back. */
const ZFS = `S=$ROOT/snapshots; touch $S
verb=$1; shift
case "$verb" in
list)
	for word; do case "$word" in -*|*,*|filesystem|volume|snapshot|name|createtxg|[0-9]) ;; *) last="$last $word" ;; esac; done
	case "$*" in
	*"-r -t filesystem,volume"*) cat $ROOT/datasets ;;
	*"-t filesystem,volume,snapshot"*) for d in $last; do grep -x "$d" $ROOT/datasets | sed 's/$/\\t-/'; sed -n "s#^$d[@].*#&\\toff#p" $S; done ;;
	*) for d in $last; do grep -q "^$d\\([@]\\|\\$\\)" $S $ROOT/datasets || { echo "cannot open '$d': dataset does not exist" >&2; exit 1; }; grep "^$d[@]" $S; done; true ;;
	esac ;;
snapshot) [ -e $ROOT/deaf ] && { echo 'cannot create snapshots : out of space' >&2; exit 1; }
	for s; do grep -qx "$s" $S && exit 1; done; printf '%s\\n' "$@" >>$S ;;
destroy) shift; d=\${1%%@*}; for l in $(echo \${1#*@} | tr , ' '); do sed -i "\\#^$d@$l\\$#d" $S; done ;;
rollback) [ -e $ROOT/stuck ] && { echo 'cannot rollback: dataset is busy' >&2; exit 1; }; [ "$1" = -r ] || set -- -r "$1"; grep -qx "$2" $S || exit 1; sed -i "\\#^$2\\$#,\\$ { \\#^$2\\$#b; \\#^\${2%%@*}[@]#d }" $S; echo "$2" >>$ROOT/rolled ;;
send) echo "$*" ;;
receive) [ -e $ROOT/full ] && { cat >/dev/null; echo 'cannot receive: out of space' >&2; exit 1; }; for to; do :; done; read -r what; echo "$to: $what" >>$ROOT/received; echo "$to@\${what##*@}" >>$S ;;
esac`;

export class Datasets extends Tree {
	constructor(root: string, datasets: readonly string[]) {
		super(root);
		this.put('/datasets', `${datasets.join('\n')}\n`);
		this.put('/calls', '');
		this.tool('zfs', ZFS);
	}

	snapshots(): string[] {
		return this.read('/snapshots').split('\n').filter(Boolean);
	}
}

/** `twinpool` on a host; with something on its standard input, where that comes first. */
export async function twinpool(
	here: Tree,
	...given: [{input: string}, ...string[]] | string[]
): Promise<{code: number | null; stdout: string; stderr: string}> {
	const env = {PATH: `${here.root}/bin:/usr/bin:/bin`, TWINPOOL_ROOT: here.root, HOME: here.root};
	const [first, ...rest] = given;
	const [input, args] = typeof first === 'object' ? [first.input, rest as string[]] : [undefined, given as string[]];
	const child = spawn(process.execPath, [TWINPOOL, ...args], {env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']});
	// It may have heard enough.
	child.stdin?.on('error', () => undefined).end(input);
	const said = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const) {
		child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
			said[name] += chunk;
		});
	}
	const [code] = (await once(child, 'close')) as [number | null];
	return {code, ...said};
}
