/** The longest common subsequence from each pair of places on, as lengths. */
function common(old: readonly string[], now: readonly string[]): number[][] {
	const table = Array.from({length: old.length + 1}, () => new Array<number>(now.length + 1).fill(0));
	const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
	for (let i = old.length - 1; i >= 0; i -= 1) {
		for (let j = now.length - 1; j >= 0; j -= 1) {
			(table[i] as number[])[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
		}
	}
	return table;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/u, '').split('\n'));

/** A unified diff of two texts with everything around the changes; empty when they are the same. Files here are short. */
export function unified(path: string, before: string | undefined, after: string): string {
	if (before === after) {
		return '';
	}
	const [old, now] = [linesOf(before ?? ''), linesOf(after)];
	const table = common(old, now);
	const lines: string[] = [];
	let [i, j] = [0, 0];
	while (i < old.length || j < now.length) {
		if (i < old.length && old[i] === now[j]) {
			lines.push(` ${old[i]}`);
			i += 1;
			j += 1;
		} else if (i < old.length && (j === now.length || (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))) {
			lines.push(`-${old[i]}`);
			i += 1;
		} else {
			lines.push(`+${now[j]}`);
			j += 1;
		}
	}
	const range = (all: string[]): string => `${all.length > 0 ? 1 : 0},${all.length}`;
	return `--- ${before === undefined ? '/dev/null' : path}\n+++ ${path}\n@@ -${range(old)} +${range(now)} @@\n${lines.join('\n')}\n`;
}
