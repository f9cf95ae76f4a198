import {child, type Element, parseXml} from '../cluster/xml.ts';

/** A host of a DRBD resource, as its `on` section names it. */
export interface On {
	name: string;
	disks: {device: string; disk: string}[];
}

/** A DRBD resource as `drbdadm dump-xml` shows it. */
export interface Resource {
	name: string;
	hosts: On[];
	/** What is called for which event. */
	handlers: ReadonlyMap<string, string>;
	/** An option of a section: of the connection, else of the resource, else of all resources; nothing when it is nowhere set. */
	option(section: string, name: string): string | undefined;
	/** The resource's own text, for a comparison: without where it stands. */
	element: Element;
}

const sections = (from: Element | undefined, name: string): Element[] =>
	(from?.children ?? []).filter(({tag, at}) => tag === 'section' && at['name'] === name);
const optionsOf = (from: Element | undefined, section: string): [string, string][] =>
	sections(from, section).flatMap(({children}) =>
		children.filter(({tag}) => tag === 'option').map(({at}): [string, string] => [at['name'] ?? '', at['value'] ?? 'yes']),
	);

function resource(element: Element, common: Element | undefined): Resource {
	const connections = element.children.filter(({tag}) => tag === 'connection');
	const places = [common, element, ...connections];
	return {
		name: element.at['name'] ?? '',
		hosts: element.children
			.filter(({tag}) => tag === 'host')
			.map(host => ({
				name: host.at['name'] ?? '',
				disks: host.children
					.filter(({tag}) => tag === 'volume')
					.map(volume => ({
						device: child(volume, 'device')?.text?.trim() ?? '',
						disk: child(volume, 'disk')?.text?.trim() ?? '',
					})),
			})),
		handlers: new Map(places.flatMap(place => optionsOf(place, 'handlers'))),
		option(section, name) {
			return new Map(places.flatMap(place => optionsOf(place, section))).get(name);
		},
		element,
	};
}

/** @throws {Error} it is no XML */
export async function resources(dump: string): Promise<Resource[]> {
	if (dump.trim() === '') {
		return [];
	}
	const config = await parseXml(dump);
	const common = child(config, 'common');
	return config.children.filter(({tag}) => tag === 'resource').map(element => resource(element, common));
}

/** The program that a handler's line begins with: what DRBD is given is a line for the shell. */
export const programOf = (line: string): string => line.trim().split(/[\s;&|]/u)[0] ?? '';

/** Every path that a device or a lower disk is called by. */
export const devicesIn = (all: readonly Resource[]): string[] =>
	all
		.flatMap(({hosts}) => hosts.flatMap(({disks}) => disks.flatMap(({device, disk}) => [device, disk])))
		.filter(path => path.startsWith('/'));
