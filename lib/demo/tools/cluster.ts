import {type Element, render} from '../../cluster/xml.ts';
import {CibRefused} from '../cib-refused.ts';
import {type Host, NAMES, type Name} from '../host.ts';
import type {Answer, Tool} from '../tool.ts';
import type {World} from '../world.ts';

/** Where Pacemaker's daemons do not run, its tools say so and end with 102. */
const clustered =
	(tool: Tool, offline: Answer): Tool =>
	(world, host, ask) =>
		host.clustered ? tool(world, host, ask) : offline;
const value = (args: string[], ...names: string[]): string | undefined =>
	args.flatMap((arg, index) => {
		const [name = '', attached] = arg.startsWith('--') ? arg.split(/[=](.*)/su) : [arg];
		return names.includes(name) ? [attached ?? args[index + 1] ?? ''] : [];
	})[0];
const has = (args: string[], ...names: string[]): boolean => args.some(arg => names.includes(arg.split('=')[0] ?? ''));

/** `cibadmin -Q`, and the constraints' create, modify, replace and delete. */
export const cibadmin: Tool = clustered(
	async (world, _host, {args, input}) => {
		const {cluster} = world;
		const xpath = value(args, '-A', '--xpath');
		if (has(args, '-Q', '--query')) {
			return query(world, xpath);
		}
		const text = value(args, '-X', '--xml-text') ?? (has(args, '-p', '--xml-pipe') ? input : '');
		const how = VERBS.find(([short, long]) => has(args, short, long))?.[2];
		if (!how) {
			return {exit: 64, stderr: 'cibadmin: Must specify an operation\n'};
		}
		const found = xpath === undefined ? undefined : cluster.byXpath(xpath);
		if (xpath !== undefined && !found) {
			return how === 'delete' ? {exit: 0} : {exit: 105, stderr: `Call cib_${how} failed: No such device or address\n`};
		}
		try {
			await cluster.change(how, text || `<rsc_location id="${found?.at['id']}"/>`, has(args, '-c', '--allow-create'));
			return {exit: 0};
		} catch (error) {
			if (error instanceof CibRefused) {
				return {exit: error.exit, stderr: `${error.message}\n`};
			}
			throw error;
		}
	},
	{
		exit: 102,
		stderr: 'Could not connect to the CIB: Transport endpoint is not connected\nInit failed, could not perform requested operations\n',
	},
);

const VERBS = [
	['-C', '--create', 'create'],
	['-M', '--modify', 'modify'],
	['-R', '--replace', 'replace'],
	['-D', '--delete', 'delete'],
] as const;

function query({cluster}: World, xpath: string | undefined): Answer {
	if (xpath === undefined) {
		return {exit: 0, stdout: cluster.xml()};
	}
	const found = cluster.byXpath(xpath);
	return found ? {exit: 0, stdout: pretty(found)} : {exit: 105, stderr: 'Call cib_query failed: No such device or address\n'};
}

/** As cibadmin prints it: an element a line. */
function pretty(element: Element, indent = ''): string {
	const {children} = element;
	const line = `${indent}${render({...element, children: []})}`;
	return children.length === 0
		? `${line}\n`
		: `${line.replace(/\/>$/u, '>')}\n${children.map(child => pretty(child, `${indent}  `)).join('')}${indent}</${element.tag}>\n`;
}

/** `crm_attribute --promotion`, for the instance in the environment. */
export const crmAttribute: Tool = clustered(
	(world, host, {args, env}) => {
		const instance = env['OCF_RESOURCE_INSTANCE']?.split(':')[0];
		const given = value(args, '--promotion', '-p');
		const named = given?.startsWith('-') ? undefined : given;
		const resource = (named ?? '') || instance;
		const name = given !== undefined && resource ? `master-${resource}` : value(args, '-n', '--name');
		if (!name) {
			return {
				exit: 64,
				stderr: 'crm_attribute: -p/--promotion must be called from an OCF resource agent or with a resource ID specified\n',
			};
		}
		const attributes = world.cluster.attributes[host.name];
		const to = value(args, '-v', '--update');
		if (has(args, '-D', '--delete')) {
			attributes.delete(name);
		} else if (to === undefined) {
			return attributes.has(name)
				? {exit: 0, stdout: `${attributes.get(name)}\n`}
				: {exit: 105, stderr: 'crm_attribute: Error performing operation: No such device or address\n'};
		} else {
			attributes.set(name, to);
		}
		world.cluster.updates += 1;
		return {exit: 0};
	},
	{exit: 102, stderr: 'crm_attribute: Could not connect to the CIB: Transport endpoint is not connected\n'},
);

/** `attrd_updater -n NAME -U VALUE | -D`. */
export const attrdUpdater: Tool = (world, host, {args}) => {
	const name = value(args, '-n', '--name') ?? '';
	const to = value(args, '-U', '--update', '-v');
	if (!host.clustered) {
		return {exit: 102, stderr: `attrd_updater: Could not update ${name}=${to ?? ''}: Connection refused (111)\n`};
	}
	if (has(args, '-D', '--delete')) {
		world.cluster.attributes[host.name].delete(name);
	} else if (to !== undefined) {
		world.cluster.attributes[host.name].set(name, to);
	}
	world.cluster.updates += 1;
	return {exit: 0};
};

/** `crm_node -n`, `-N ID`, `-l`. */
export const crmNode: Tool = (world, host, {args}) => {
	if (!host.clustered) {
		return {exit: 102, stderr: 'error: Could not connect to controller: Connection refused\n'};
	}
	if (has(args, '-l', '--list')) {
		return {
			exit: 0,
			stdout: NAMES.map((name, index) => `${index + 1} ${name} ${world.cluster.states[name]?.in_ccm ? 'member' : 'lost'}\n`).join(''),
		};
	}
	return {exit: 0, stdout: `${host.name}\n`};
};

/** `crmadmin -S NODE`: a sign of life of its controller; from a lost node there is none. */
export const crmadmin: Tool = async (world, host, {args}) => {
	if (!host.clustered) {
		return {exit: 102, stderr: 'error: Could not connect to controller: Connection refused\nerror: Command failed: Connection refused\n'};
	}
	const node = world.hosts[(value(args, '-S', '--status') ?? '') as Name] as Host | undefined;
	if (!(node?.on && node.clustered)) {
		await new Promise(done => setTimeout(done, 30_000).unref());
		return {exit: 124};
	}
	return {exit: 0, stdout: `Controller on ${node.name} in state ${world.cluster.dc === node.name ? 'S_IDLE' : 'S_NOT_DC'}: ok\n`};
};

/** `crm_resource --locate`. */
export const crmResource: Tool = clustered(
	(world, _host, {args}) => {
		const name = value(args, '-r', '--resource') ?? '';
		const where = Object.values(world.hosts).filter(({on, resource}) => on && resource);
		if (has(args, '--output-as')) {
			const nodes = where
				.map(({name: node, resource}) => `    <node${resource?.role === 'Primary' ? ' state="Promoted"' : ''}>${node}</node>\n`)
				.join('');
			return {
				exit: 0,
				stdout: `<pacemaker-result api-version="2.25" request="crm_resource">\n  <resource-search resource="${name}">\n${nodes}  </resource-search>\n  <status code="0" message="OK"/>\n</pacemaker-result>\n`,
			};
		}
		return {
			exit: 0,
			stdout: where
				.map(({name: node, resource}) => `resource ${name} is running on: ${node}${resource?.role === 'Primary' ? ' Promoted' : ''}\n`)
				.join(''),
		};
	},
	{exit: 102, stderr: 'crm_resource: Could not connect to the CIB: Transport endpoint is not connected\n'},
);

/** `stonith_admin --history NODE --output-as=xml`. */
export const stonithAdmin: Tool = ({cluster}, host, {args}) => {
	const node = value(args, '--history', '-H') ?? '*';
	const head = `<pacemaker-result api-version="2.25" request="stonith_admin --history ${node} --output-as=xml">\n`;
	if (!host.clustered) {
		const errors = '    <errors>\n      <error>Could not connect to fencer: Transport endpoint is not connected</error>\n    </errors>\n';
		return {exit: 102, stdout: `${head}  <status code="102" message="Not connected">\n${errors}  </status>\n</pacemaker-result>\n`};
	}
	// Without --verbose only what succeeded is told.
	const events = cluster.history.filter(({target, status}) => status === 'success' && (node === '*' || target === node));
	const rows = events
		.map(
			({target, origin, status, completed}) =>
				`    <fence_event action="reboot" target="${target}" client="pacemaker-controld.673" origin="${origin}" status="${status}" delegate="${origin}" completed="${completed}"/>\n`,
		)
		.join('');
	const list = `  <list name="fencing history" count="${events.length}"${rows ? `>\n${rows}  </list>` : '/>'}\n`;
	return {exit: 0, stdout: `${head}${list}  <status code="0" message="OK"/>\n</pacemaker-result>\n`};
};
