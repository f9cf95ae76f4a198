import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';
import {about, topology} from '../lib/topology/schema.ts';

/** As much of a zod schema as a manual asks for. */
interface Shape {
	readonly type: string;
	readonly shape?: Readonly<Record<string, Declared>>;
	readonly innerType?: Declared;
	readonly defaultValue?: unknown;
	readonly element?: Declared;
	readonly options?: readonly Declared[];
	readonly values?: readonly unknown[];
}
interface Declared {
	readonly _zod: {readonly def: Shape};
}

const defOf = (schema: Declared): Shape => schema._zod.def;
/** Without what only says that it may be left out. */
const inner = (schema: Declared): Declared => {
	const within = defOf(schema).innerType;
	return within ? inner(within) : schema;
};
const kindOf = (schema: Declared): string =>
	String(defOf(inner(schema)).shape?.['kind'] && defOf(defOf(inner(schema)).shape?.['kind'] as Declared).values?.[0]);

function rows(schema: Declared, path: string): string[] {
	const {shape, element, options} = defOf(inner(schema));
	if (element) {
		return rows(element, `${path}[]`);
	}
	if (options && path === 'storage') {
		return options.flatMap(option => rows(option, `storage (${kindOf(option)})`));
	}
	return Object.entries(shape ?? {}).flatMap(([name, declared]) => {
		const says = about.get(declared as never)?.says;
		const at = [path, name].filter(Boolean).join('.').replace(').', ') ');
		const {type, defaultValue} = defOf(declared);
		const left = type === 'default' && typeof defaultValue !== 'object' ? ` (default ${String(defaultValue)})` : '';
		return [...(says ? [item(at, `${says}${left}`)] : []), ...rows(declared, at)];
	});
}

/** The page of the topology file, from the schema that reads it. */
export const topologyPage = (example: string): Page => ({
	name: 'twinpool-topology',
	section: 5,
	title: 'the file that twinpool configure reads',
	parts: [
		[
			'description',
			prose(`Two nodes, what replicates between them, and what cuts their power, in YAML. A key that is not known, a name or path with more than
letters, digits and a few signs in it, and an address that is used twice are refused, with the line, the key and what would be right.`),
		],
		['keys', rows(topology as unknown as Declared, '').join('\n')],
		[
			'timeouts',
			prose(`Each is longer than what it waits for: stall < monitor < STONITH < fence-peer < promote < start. They follow from timing.stall, timing.fencing
and timing.head_start alone. Clients of Gluster (network.ping-timeout) wait longer than STONITH takes.`),
		],
		['example', verbatim(example)],
		['see also', prose('twinpool(1), ocf_twinpool_drbd(7), ocf_twinpool_iscsi-leg(7), ocf_twinpool_gluster(7), corosync.conf(5)')],
	],
});
