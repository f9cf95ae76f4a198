/** What is being waited for: on a terminal alone, and taken back by nothing. */
export function progress(text: string): void {
	if (process.stderr.isTTY) {
		process.stderr.write(`\r\u001B[K${text}`);
	}
}
