import type {Agent, Times} from './agent.ts';

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
/** Text between tags, or in an attribute. */
export const xml = (text: string): string => text.replace(/[&<>"]/gu, sign => ENTITIES[sign] ?? sign);

/**
 * The agent's metadata, in the part of the language that ra-api-1.dtd, resource-agents' metadata.rng and pcs's
 * OCF 1.0 and 1.1 schemas all take: so no `select`, no `reloadable`; the choices are named in the text.
 */
export function metadata({name, version, short, long, params, actions}: Agent): string {
	const parameters = Object.entries(params).map(
		([key, {type, required, unique, short: title, long: says, default: value, values}]) => `
<parameter name="${key}" unique="${Number(unique)}" required="${Number(required)}">
<longdesc lang="en">
${xml(says)}${values ? `\nOne of: ${values.join(', ')}.` : ''}
</longdesc>
<shortdesc lang="en">${xml(title)}</shortdesc>
<content type="${type === 'select' ? 'string' : type}"${value === undefined ? '' : ` default="${xml(value)}"`}/>
</parameter>`,
	);
	const rows = Object.entries(actions).flatMap(([action, times]) => times.map(time => `\n<action ${attributes(action, time)}/>`));
	return `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="${name}" version="${version}">
<version>1.0</version>
<longdesc lang="en">
${xml(long)}
</longdesc>
<shortdesc lang="en">${xml(short)}</shortdesc>
<parameters>${parameters.join('')}
</parameters>
<actions>${rows.join('')}
</actions>
</resource-agent>
`;
}

const attributes = (action: string, {timeout, interval, role, depth}: Times): string =>
	Object.entries({name: action, timeout: `${timeout}s`, interval: interval && `${interval}s`, role, depth})
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => `${key}="${value}"`)
		.join(' ');
