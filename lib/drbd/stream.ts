import type {Line} from './events2.ts';

/** What stands after all events so far, by what it is about. */
export type Table = Map<string, Line>;

const KEYS = ['name', 'peer-node-id', 'volume', 'local', 'peer'] as const;
const keyOf = ({object, fields}: Line): string => [object, ...KEYS.map(key => fields[key] ?? '')].join(' ');

/**
 * One event more of `drbdsetup events2`: it names what changed and leaves out the rest, also in what a resource takes with it when it
 * goes. A stream that begins anew says all of it again: whoever starts one clears the table before.
 */
export function fold(table: Table, event: Line): void {
	const key = keyOf(event);
	const {verb, object, fields} = event;
	if (verb === 'destroy') {
		for (const [other, {fields: its}] of table) {
			if (below(object, fields, its)) {
				table.delete(other);
			}
		}
		table.delete(key);
	} else if (verb === 'rename' && object === 'resource') {
		const mine = [...table].filter(([, {fields: its}]) => its['name'] === fields['name']);
		for (const [old, line] of mine) {
			const named = {...line, fields: {...line.fields, name: fields['new_name'] ?? ''}};
			table.delete(old);
			table.set(keyOf(named), named);
		}
	} else if (object === 'helper') {
		helper(table, event);
	} else {
		const before = verb === 'change' ? table.get(key)?.fields : undefined;
		table.set(key, {verb: 'exists', object, fields: {...before, ...fields}});
	}
	if (object === 'connection' && fields['connection'] === 'Connected') {
		table.delete(split(fields['name']));
	}
}

const split = (name = ''): string => `split-brain ${name}`;

/** The kernel calls for help: that the two sides have parted is known by nothing else. */
function helper(table: Table, {verb, fields}: Line): void {
	if (verb === 'call' && fields['helper'] === 'split-brain') {
		// Of the resource alone: the connection is destroyed with it.
		table.set(split(fields['name']), {verb: 'exists', object: 'split-brain', fields: {name: fields['name'] ?? ''}});
	}
}

function below(object: string, of: Line['fields'], its: Line['fields']): boolean {
	if (its['name'] !== of['name']) {
		return false;
	}
	switch (object) {
		case 'resource':
			return true;
		case 'connection':
			return its['peer-node-id'] === of['peer-node-id'];
		case 'device':
			return its['volume'] === of['volume'];
		default:
			return false;
	}
}

/** The resources that the kernel found torn, and that are not connected since. */
export const torn = (table: Table): string[] =>
	[...table.values()].filter(({object}) => object === 'split-brain').map(({fields}) => fields['name'] ?? '');
