import type {Agent, Times} from './agent.ts';
import type {Param} from './params.ts';

/** Text as roff takes it: no escape, no request at the start of a line. */
const roff = (text: string): string =>
	text
		.trim()
		.replace(/\\/gu, '\\e')
		.replace(/-/gu, '\\-')
		.replace(/^(?=[.'])/gmu, '\\&')
		.replace(/…/gu, '...');

export interface Page {
	name: string;
	section: 1 | 5 | 7 | 8;
	title: string;
	/** Heading and roff, in order, after NAME. */
	parts: readonly (readonly [heading: string, body: string])[];
}

/** A manual page. */
export function page({name, section, title, parts}: Page, version: string): string {
	const body = parts.map(([heading, text]) => `.SH "${heading.toUpperCase()}"\n${text}\n`);
	return `.TH "${roff(name.toUpperCase())}" "${section}" "" "twinpool ${roff(version)}" "twinpool"\n.SH NAME\n${roff(name)} \\- ${roff(title)}\n${body.join('')}`;
}

/** Paragraphs: an empty line parts them. */
export const prose = (text: string): string =>
	text
		.trim()
		.split(/\n{2,}/u)
		.map(roff)
		.join('\n.PP\n');
/** A term with what it means. */
export const item = (term: string, text: string): string => `.TP\n\\fB${roff(term)}\\fR\n${prose(text)}`;
/** A block as it is. */
export const verbatim = (text: string): string => `.PP\n.nf\n${roff(text.replace(/^\n|\s+$/gu, ''))}\n.fi`;

const parameter = ([name, {type, required, unique, default: value, values, long}]: [string, Param]): string => {
	const about = [
		type === 'select' ? values?.join(' | ') : type,
		required ? 'required' : value !== undefined && `default ${value === '' ? 'empty' : value}`,
		unique && 'unique',
	];
	return item(name, `(${about.filter(Boolean).join(', ')})\n${long}`);
};

const action = (name: string, {timeout, interval, role}: Times): string =>
	item(name, `at least ${timeout} s${interval ? `, every ${interval} s` : ''}${role ? `, in role ${role}` : ''}`);

/** The page of an OCF agent, from its one declaration. */
export function agentPage(agent: Agent, examples: string, release: string): string {
	const {name, short, long, params, actions} = agent;
	const parts: Page['parts'] = [
		['synopsis', `\\fBocf:twinpool:${roff(name)}\\fR`],
		['description', prose(long)],
		['parameters', Object.entries(params).map(parameter).join('\n')],
		[
			'actions',
			Object.entries(actions)
				.flatMap(([word, times]) => times.map(time => action(word, time)))
				.join('\n'),
		],
		['exit status', prose('As OCF 1.1 has it. The reason for a failure is one line, ocf-exit-reason, which crm_mon shows.')],
		['examples', verbatim(examples)],
	];
	return page({name: `ocf_twinpool_${name}`, section: 7, title: short, parts}, release);
}
