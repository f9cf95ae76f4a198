/** The devices of each pool, as `zpool status -P` prints them. */
export function vdevsIn(status: string): Map<string, string[]> {
	const found = new Map<string, string[]>();
	let devices: string[] = [];
	for (const line of status.split('\n')) {
		const pool = /^\s*pool: (?<name>\S.*)$/u.exec(line)?.groups?.['name'];
		if (pool !== undefined) {
			devices = [];
			found.set(pool, devices);
		}
		const path = /^\t\s+(?<path>\/\S+)\s/u.exec(line)?.groups?.['path'];
		if (path !== undefined) {
			devices.push(path);
		}
	}
	return found;
}

/** `zpool get -H -o name,property,value`: what each pool has set. */
export function propertiesIn(text: string): Map<string, Map<string, string>> {
	const found = new Map<string, Map<string, string>>();
	for (const line of text.split('\n')) {
		const [pool = '', property, value] = line.split('\t');
		if (property !== undefined && value !== undefined) {
			found.set(pool, (found.get(pool) ?? new Map<string, string>()).set(property, value));
		}
	}
	return found;
}
