import {xml} from '../ocf/metadata.ts';
import type {FenceAgent} from './agent.ts';
import type {FenceParam} from './parameters.ts';

/** How it is given as an option. */
export const option = (name: string, {letter, type}: FenceParam): string => {
	const long = `--${name.replace(/_/gu, '-')}`;
	return `${letter ? `-${letter}, ` : ''}${long}${type === 'boolean' ? '' : `=[${name}]`}`;
};

function content({type, values, seconds, default: value}: FenceParam): string {
	const fallback = value === undefined || value === '' ? '' : ` default="${xml(value)}"`;
	if (values) {
		return `<content type="select"${fallback}>${values.map(one => `\n<option value="${xml(one)}"/>`).join('')}\n</content>`;
	}
	return `<content type="${seconds ? 'second' : type}"${fallback}/>`;
}

function parameter(name: string, of: FenceParam, mark: string): string {
	return `
<parameter name="${name}" unique="0" required="${Number(of.required)}"${mark}>
<getopt mixed="${xml(option(name, of))}"/>
${content(of)}
<shortdesc lang="en">${xml(of.short)}: ${xml(of.long)}</shortdesc>
</parameter>`;
}

/** The agent's metadata as fence-agents' metadata.rng has it: one that was renamed is there under both names. */
export function metadata({name, short, long, url, params, actions}: FenceAgent): string {
	const parameters = Object.entries<FenceParam>(params).flatMap(([key, of]) =>
		of.was === undefined
			? [parameter(key, of, '')]
			: [parameter(of.was, of, ' deprecated="1"'), parameter(key, of, ` obsoletes="${of.was}"`)],
	);
	const rows = Object.entries(actions).map(
		([action, {automatic}]) => `\n<action name="${action}"${automatic === false ? ' automatic="0"' : ''}/>`,
	);
	return `<?xml version="1.0"?>
<resource-agent name="${name}" shortdesc="${xml(short)}">
<longdesc>${xml(long)}</longdesc>
<vendor-url>${xml(url)}</vendor-url>
<parameters>${parameters.join('')}
</parameters>
<actions>${rows.join('')}
<action name="metadata"/>
<action name="validate-all"/>
</actions>
</resource-agent>
`;
}
