// Tools that print what is in a file of their tree, and what ZFS keeps in a file of its own.

/** What each tool prints, and its exit code, when that is not 0, is in a file of the tree. */
/** `say`, or what it says to an argument: a file of the tree. */
interface Says {
	say: string;
	[argument: string]: string;
}
export const TOOLS: Record<string, Says> = {
	cibadmin: {say: 'cib.xml'},
	stonith_admin: {say: 'history.xml'},
	drbdadm: {say: 'dump.xml', '--version': 'utils'},
	drbdsetup: {say: 'events2'},
	zfs: {say: 'zfs-version', get: 'attributes'},
	zpool: {say: 'properties', status: 'status'},
};

export const tool = (files: Says): string => {
	const cases = Object.entries(files).map(([argument, file]) => `${argument === 'say' ? '*' : `${argument}`}) f=${file} ;;`);
	return `case "$1" in ${[...cases.slice(1), cases[0]].join(' ')} esac
[ -e $ROOT/$f ] || { echo "no $f" >&2; exit 1; }
cat $ROOT/$f
[ -e $ROOT/$f.err ] && cat $ROOT/$f.err >&2
exit $(cat $ROOT/$f.exit 2>/dev/null || echo 0)`;
};

/** An empty list of names and values, and one with a list of that kind under each name, as ZFS stores them (XDR). */
export function cacheFile(pools: readonly string[]): Buffer {
	const words = (...numbers: number[]): Buffer => {
		const bytes = Buffer.alloc(4 * numbers.length);
		for (const [index, number] of numbers.entries()) {
			bytes.writeUInt32BE(number, 4 * index);
		}
		return bytes;
	};
	const end = words(0, 0);
	const empty = Buffer.concat([words(0, 1), end]);
	const pair = (name: string): Buffer => {
		const padded = Buffer.alloc(Math.ceil(name.length / 4) * 4);
		padded.write(name);
		const body = Buffer.concat([words(name.length), padded, words(19, 1), empty]);
		return Buffer.concat([words(body.length + 8, 64), body]);
	};
	return Buffer.concat([Buffer.from([1, 1, 0, 0]), words(0, 1), ...pools.map(pair), end]);
}

/** The last fencing of each node, as Pacemaker prints it. */
export const HISTORY = `<pacemaker-result api-version="2.25" request="stonith_admin --history * --output-as=xml">
  <list name="fencing history" count="2">
    <fence_event action="reboot" target="bravo" client="stonith_admin.4328" origin="alpha" status="success" delegate="alpha" completed="2026-11-22 16:06:27Z"/>
    <fence_event action="reboot" target="alpha" client="stonith_admin.4400" origin="bravo" status="success" delegate="bravo" completed="2026-11-22 17:10:02Z"/>
  </list>
  <status code="0" message="OK"/>
</pacemaker-result>
`;
