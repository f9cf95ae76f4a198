// The CIB that crm and pcs make of a topology, with a status as a cluster of two has it when all is well.
import type {Cib, Resource} from '../../lib/topology/cib.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

const quoted = (value: string | number | boolean): string => String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const nvpairs = (values: Values, prefix: string): string =>
	Object.entries(values)
		.map(([name, value]) => `<nvpair id="${prefix}-${name}" name="${name}" value="${quoted(value)}"/>`)
		.join('');
const set = (tag: string, id: string, values: Values | undefined): string =>
	values ? `<${tag} id="${id}">${nvpairs(values, id)}</${tag}>` : '';
const nameOf = ({id, clone}: Resource): string => (clone ? `${id}-clone` : id);

function primitive({id, agent, parameters, operations, meta}: Resource): string {
	const [kind, provider, type] = agent.startsWith('stonith:') ? ['stonith', undefined, agent.slice(8)] : agent.split(':');
	const ops = operations
		.map(
			({name, timeout, interval = 0, role}) =>
				`<op id="${id}-${name}-${interval}s" name="${name}" interval="${interval}s" timeout="${timeout}s"${role ? ` role="${role}"` : ''}/>`,
		)
		.join('');
	return `<primitive id="${id}" class="${kind}"${provider ? ` provider="${provider}"` : ''} type="${type}">${set('instance_attributes', `${id}-parameters`, parameters)}${set('meta_attributes', `${id}-meta`, meta)}<operations>${ops}</operations></primitive>`;
}

const resource = (one: Resource): string =>
	one.clone
		? `<clone id="${nameOf(one)}">${set('meta_attributes', `${nameOf(one)}-meta`, one.clone)}${primitive(one)}</clone>`
		: primitive(one);

function constraints(one: Resource): string {
	const own = nameOf(one);
	const {not, on, behind} = one;
	return [
		not ? `<rsc_location id="${own}-elsewhere" rsc="${own}" node="${not}" score="-INFINITY"/>` : '',
		on
			? `<rsc_colocation id="${own}-with-${on.id}" rsc="${own}" with-rsc="${on.id}"${on.promoted ? ' with-rsc-role="Promoted"' : ''} score="INFINITY"/><rsc_order id="${on.id}-before-${own}" first="${on.id}" first-action="${on.promoted ? 'promote' : 'start'}" then="${own}" then-action="start" kind="Mandatory"/>`
			: '',
		behind
			? `<rsc_location id="${own}-not-behind" rsc="${own}"><rule id="${own}-rule" score="-INFINITY"><expression id="${own}-expr" attribute="twinpool-behind-${behind}" operation="eq" value="1"/></rule></rsc_location>`
			: '',
	].join('');
}

const state = (name: string, id: number, device: string): string =>
	`<node_state id="${id}" uname="${name}" in_ccm="true" crmd="online" join="member" expected="member"><transient_attributes id="${id}"><instance_attributes id="status-${id}"/></transient_attributes><lrm id="${id}"><lrm_resources><lrm_resource id="${device}" class="stonith" type="fence_libvirt"><lrm_rsc_op id="${device}_last_0" operation="start" call-id="10" rc-code="0" op-status="0" interval="0"/></lrm_resource></lrm_resources></lrm></node_state>`;

export const cibXml = ({properties, defaults, resources}: Cib, [one, two]: readonly [string, string]): string =>
	`<cib validate-with="pacemaker-3.9" have-quorum="1"><configuration><crm_config>${set('cluster_property_set', 'cib-bootstrap-options', {'dc-version': '2.1.5-a3f44794f94', ...properties})}</crm_config>
<nodes><node id="1" uname="${one}"/><node id="2" uname="${two}"/></nodes>
<resources>${resources.map(resource).join('\n')}</resources>
<constraints>${resources.map(constraints).join('\n')}</constraints>
<rsc_defaults>${set('meta_attributes', 'rsc_defaults-options', defaults)}</rsc_defaults></configuration>
<status>${state(one, 1, `fence-${two}`)}${state(two, 2, `fence-${one}`)}</status></cib>\n`;
