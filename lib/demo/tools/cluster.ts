import {CibRefused} from '../cluster.ts';
import {type Host, type Name, NAMES} from '../host.ts';
import type {Answer, Tool} from '../socket.ts';
import type {World} from '../world.ts';

/** What every tool of Pacemaker's says where its daemons do not run. */
const OFFLINE: Answer = {exit: 102, stderr: 'Could not connect to the CIB: Transport endpoint is not connected\n'};

const clustered = (tool: Tool, offline: Answer = OFFLINE): Tool => (world, host, ask) => (host.clustered ? tool(world, host, ask) : offline);
const value = (args: string[], ...names: string[]): string | undefined => args.flatMap((arg, index) => {
	const [name = '', attached] = arg.startsWith('--') ? arg.split(/=(.*)/su) : [arg];
	return names.includes(name) ? [attached ?? args[index + 1] ?? ''] : [];
})[0];
const has = (args: string[], ...names: string[]): boolean => args.some(arg => names.includes(arg.split('=')[0] ?? ''));

/** `cibadmin -Q`, and the constraints' create, modify, replace and delete. */
export const cibadmin: Tool = clustered(async (world, _host, {args, input}) => {
	const {cluster} = world;
	if (has(args, '-Q', '--query')) {
		return query(world, args);
	}
	const text = value(args, '-X', '--xml-text') ?? (has(args, '-p', '--xml-pipe') ? input : '');
	const xpath = value(args, '-A', '--xpath');
	const how = has(args, '-C', '--create') ? 'create' : has(args, '-M', '--modify') ? 'modify' : has(args, '-R', '--replace') ? 'replace' : has(args, '-D', '--delete') ? 'delete' : has(args, '-P', '--patch') ? 'patch' : undefined;
	try {
		if (how === 'delete' && xpath) {
			const found = cluster.byXpath(xpath);
			if (found) {
				await cluster.change('delete', `<rsc_location id="${found.at['id']}"/>`, false);
			}
			return {exit: 0};
		}
		if (!how) {
			return {exit: 64, stderr: 'No operation given\n'};
		}
		if (how === 'patch') {
			outdated(world, text);
		}
		await cluster.change(how, text, has(args, '-c', '--allow-create'));
		return {exit: 0};
	} catch (error) {
		if (error instanceof CibRefused) {
			return {exit: error.exit, stderr: `${error.message}\n`};
		}
		throw error;
	}
});

function query({cluster}: World, args: string[]): Answer {
	const xpath = value(args, '-A', '--xpath');
	if (xpath?.includes('rsc_location')) {
		const found = cluster.byXpath(xpath);
		return found ? {exit: 0, stdout: cluster.xml()} : {exit: 105, stderr: 'Call cib_query failed (-6): No such device or address\n'};
	}
	return {exit: 0, stdout: cluster.xml()};
}

/** A patch names the version that it was made for; another one is refused, and read again by whoever sent it. */
function outdated({cluster}: World, text: string): void {
	const source = /<source([^>]*)\/>/u.exec(text)?.[1];
	for (const [name, now] of Object.entries(cluster.version)) {
		const then = source && new RegExp(` ${name}="(\\d+)"`, 'u').exec(source)?.[1];
		if (then && then !== now) {
			throw new CibRefused(103, 'Call cib_apply_diff failed (-205): Update was older than existing configuration');
		}
	}
}

/** `crm_attribute --promotion`, for the instance in the environment. */
export const crmAttribute: Tool = clustered((world, host, {args, env}) => {
	const instance = env['OCF_RESOURCE_INSTANCE']?.split(':')[0];
	const named = value(args, '--promotion', '-p');
	const resource = has(args, '--promotion') ? (named && !named.startsWith('-') ? named : instance) : undefined;
	const name = resource ? `master-${resource}` : value(args, '-n', '--name');
	if (!name) {
		return {exit: 64, stderr: 'crm_attribute: the following arguments are required: -n\n'};
	}
	const attributes = world.cluster.attributes[host.name];
	const to = value(args, '-v', '--update');
	if (has(args, '-D', '--delete')) {
		attributes.delete(name);
	} else if (to !== undefined) {
		attributes.set(name, to);
	} else {
		return attributes.has(name) ? {exit: 0, stdout: `${attributes.get(name)}\n`} : {exit: 105, stderr: 'Error performing operation: No such device or address\n'};
	}
	world.cluster.updates++;
	return {exit: 0};
}, {exit: 102, stderr: 'Error performing operation: Transport endpoint is not connected\n'});

/** `attrd_updater -n NAME -U VALUE | -D`. */
export const attrdUpdater: Tool = clustered((world, host, {args}) => {
	const name = value(args, '-n', '--name') ?? '';
	const to = value(args, '-U', '--update', '-v');
	if (has(args, '-D', '--delete')) {
		world.cluster.attributes[host.name].delete(name);
	} else if (to !== undefined) {
		world.cluster.attributes[host.name].set(name, to);
	}
	world.cluster.updates++;
	return {exit: 0};
}, {exit: 102, stderr: 'Could not connect to the attribute manager: Transport endpoint is not connected\n'});

/** `crm_node -n`, `-N ID`, `-l`. */
export const crmNode: Tool = (world, host, {args}) => {
	if (!host.clustered) {
		return {exit: 102, stderr: 'Could not connect to controller: Transport endpoint is not connected\n'};
	}
	if (has(args, '-l', '--list')) {
		return {exit: 0, stdout: NAMES.map((name, index) => `${index + 1} ${name} ${world.cluster.states[name]?.in_ccm ? 'member' : 'lost'}\n`).join('')};
	}
	return {exit: 0, stdout: `${host.name}\n`};
};

/** `crm_resource --locate --output-as=xml`. */
export const crmResource: Tool = clustered(world => ({
	exit: 0,
	stdout: `<pacemaker-result api-version="2.25" request="crm_resource">\n  <resource-search resource="ms-vmstore">\n${promoted(world).map(({name}) => `    <node state="Promoted">${name}</node>\n`).join('')}  </resource-search>\n  <status code="0" message="OK"/>\n</pacemaker-result>\n`,
}));

const promoted = (world: World): Host[] => Object.values(world.hosts).filter(({on, resource}) => on && resource?.role === 'Primary');

/** `stonith_admin --history NODE --output-as=xml`. */
export const stonithAdmin: Tool = clustered((world, _host, {args}) => {
	const node = value(args, '--history', '-H') as Name | '*' | undefined;
	const events = world.cluster.history.filter(({target}) => node === '*' || target === node);
	return {
		exit: 0,
		stdout: `<pacemaker-result api-version="2.25" request="stonith_admin">\n  <fence_history>\n${events.map(({target, origin, status, completed}) => `    <fence_event status="${status}" action="reboot" target="${target}" client="pacemaker-controld.1234" origin="${origin}" delegate="${origin}" completed="${completed}"/>\n`).join('')}  </fence_history>\n  <status code="0" message="OK"/>\n</pacemaker-result>\n`,
	};
});
