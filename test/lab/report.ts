/** What the lab says while it works: lines with the elapsed time, and tables. */
const started = performance.now();

export const elapsed = (): number => (performance.now() - started) / 1000;

export function say(text: string): void {
	process.stdout.write(`${elapsed().toFixed(1).padStart(7)} s  ${text}\n`);
}

export const seconds = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));

export function median(values: readonly number[]): number | undefined {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
	return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** Rows of cells as an aligned Markdown table; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
	const columns = Math.max(0, ...rows.map(row => row.length));
	const widths = Array.from({length: columns}, (_, column) => Math.max(3, ...rows.map(row => row[column]?.length ?? 0)));
	const line = (row: readonly string[]): string => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
	const [head = [], ...body] = rows;
	return [line(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
