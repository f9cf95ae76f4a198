import {digest, type Event} from './event.ts';

/** What a target is given. */
export interface Message {
	/** The same for the same event on whatever node: who gets it twice can tell. */
	id: string;
	kind: string;
	cluster: string;
	node: string;
	resource: string;
	subject: string;
	time: string;
	facts: Readonly<Record<string, string>>;
	advice: readonly string[];
	text: string;
}

/** `more`: how many like it were not told since the last message. */
export function messageOf(event: Event, cluster: string, more: number): Message {
	const {kind, node, resource, what, time, advice, key, identity} = event;
	const repeated: Record<string, string> = more > 0 ? {'not told before': `${more} like it since the last message`} : {};
	const facts: Record<string, string> = {cluster, node, resource, time, kind, ...event.facts, ...repeated};
	const known = Object.entries(facts).filter(([, value]) => value !== '');
	const width = Math.max(...known.map(([name]) => name.length)) + 2;
	const lines = known.map(([name, value]) => `  ${name.padEnd(width)}${value}`);
	return {
		id: digest(`${key}|${identity}`),
		kind,
		cluster,
		node,
		resource,
		subject: `[${cluster}] ${what}`,
		time,
		facts: {...event.facts, ...repeated},
		advice,
		text: `${what}\n\n${lines.join('\n')}\n\nWhat to do\n\n${advice.join('\n')}\n`,
	};
}
