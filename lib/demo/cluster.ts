import {below, type Element, parseXml, render} from '../cluster/xml.ts';
import {CibRefused} from './cib-refused.ts';
import {NAMES, type Name} from './host.ts';

/** A node as Pacemaker records it in the CIB's status. */
export interface NodeState {
	in_ccm: boolean;
	crmd: boolean;
	join: 'member' | 'down';
	expected: 'member' | 'down';
	/** What it last recorded of its resources; fencing wipes it. */
	lrm: boolean;
}

export interface Fencing {
	target: Name;
	origin: Name;
	status: 'success' | 'failed' | 'pending';
	completed: string;
}

export const CLONE = 'vmstore-clone';
export const DRBD = 'vmstore';
export const ZPOOL = 'tank';

const IN: NodeState = {in_ccm: true, crmd: true, join: 'member', expected: 'member', lrm: true};

/** What Pacemaker knows on every node that it runs on: one CIB, transient attributes, fencing history. */
export class Cluster {
	readonly states: Partial<Record<Name, NodeState>> = Object.fromEntries(NAMES.map(name => [name, {...IN}]));
	readonly attributes: Record<Name, Map<string, string>> = {alpha: new Map(), bravo: new Map()};
	readonly constraints = new Map<string, Element>();
	readonly history: Fencing[] = [];
	/** Called when a constraint comes or goes. */
	onConstraint: ((what: 'placed' | 'changed' | 'lifted', id: string) => void) | undefined;
	readonly #operations: Record<Name, Map<string, {operation: string; code: number; call: number}>> = {alpha: new Map(), bravo: new Map()};
	#calls = 0;
	epoch = 10;
	updates = 0;
	dc: Name = 'alpha';

	join(name: Name): void {
		this.states[name] = {...IN};
		this.updates += 1;
	}

	lose(name: Name): void {
		this.states[name] = {in_ccm: false, crmd: false, join: 'down', expected: 'member', lrm: true};
		this.attributes[name].clear();
		this.updates += 1;
	}

	fenced(name: Name): void {
		this.states[name] = {in_ccm: false, crmd: false, join: 'down', expected: 'down', lrm: false};
		this.#operations[name].clear();
		this.updates += 1;
	}

	score(name: Name): number {
		return Number(this.attributes[name].get(`master-${DRBD}`) ?? -1);
	}

	/** Whether a constraint forbids the promoted role on this node. */
	banned(name: Name): boolean {
		return [...this.constraints.values()].some(constraint =>
			[...below(constraint)].some(
				rule =>
					rule.tag === 'rule' &&
					/^(Master|Promoted)$/u.test(rule.at['role'] ?? '') &&
					rule.at['score'] === '-INFINITY' &&
					rule.children.every(({at}) => at['attribute'] === '#uname' && at['operation'] === 'ne' && at['value'] !== name),
			),
		);
	}

	/** What Pacemaker records of an operation that ended. */
	record(name: Name, resource: string, operation: string, code: number): void {
		this.#calls += 1;
		this.#operations[name].set(resource, {operation, code, call: this.#calls});
		this.updates += 1;
	}

	xml(): string {
		const members = Object.values(this.states).filter(state => state?.in_ccm).length;
		return `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="${this.epoch}" num_updates="${this.updates}" admin_epoch="0" cib-last-written="Sun Nov 22 15:10:00 2026" update-origin="${this.dc}" update-client="cibadmin" update-user="root" have-quorum="${members > 0 ? 1 : 0}" dc-uuid="${idOf(this.dc)}">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">
        <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="true"/>
        <nvpair id="cib-bootstrap-options-no-quorum-policy" name="no-quorum-policy" value="stop"/>
      </cluster_property_set>
    </crm_config>
    <nodes>
${NAMES.map(name => `      <node id="${idOf(name)}" uname="${name}"/>`).join('\n')}
    </nodes>
    <resources>
      <clone id="${CLONE}">
        <meta_attributes id="${CLONE}-meta_attributes">
          <nvpair id="${CLONE}-meta_attributes-promotable" name="promotable" value="true"/>
        </meta_attributes>
        <primitive id="${DRBD}" class="ocf" provider="twinpool" type="drbd">
          <instance_attributes id="${DRBD}-instance_attributes">
            <nvpair id="${DRBD}-instance_attributes-drbd_resource" name="drbd_resource" value="vmstore"/>
          </instance_attributes>
        </primitive>
      </clone>
      <primitive id="${ZPOOL}" class="ocf" provider="twinpool" type="zpool">
        <instance_attributes id="${ZPOOL}-instance_attributes">
          <nvpair id="${ZPOOL}-instance_attributes-pool" name="pool" value="tank"/>
        </instance_attributes>
      </primitive>
    </resources>
    <constraints>${[...this.constraints.values()].map(constraint => `\n      ${render(constraint)}`).join('')}
      <rsc_colocation id="tank-with-vmstore" rsc="${ZPOOL}" with-rsc="${CLONE}" with-rsc-role="Promoted" score="INFINITY"/>
      <rsc_order id="tank-after-vmstore" first="${CLONE}" first-action="promote" then="${ZPOOL}" then-action="start"/>
    </constraints>
  </configuration>
  <status>
${NAMES.map(name => this.#state(name)).join('')}  </status>
</cib>
`;
	}

	#state(name: Name): string {
		const state = this.states[name];
		if (!state) {
			return '';
		}
		const attributes = [...this.attributes[name]]
			.map(([key, value]) => `          <nvpair id="status-${idOf(name)}-${key}" name="${key}" value="${value}"/>\n`)
			.join('');
		return `    <node_state id="${idOf(name)}" uname="${name}" in_ccm="${state.in_ccm}" crmd="${state.crmd ? 'online' : 'offline'}" crm-debug-origin="do_state_transition" join="${state.join}" expected="${state.expected}">
${attributes ? `      <transient_attributes id="${idOf(name)}">\n        <instance_attributes id="status-${idOf(name)}">\n${attributes}        </instance_attributes>\n      </transient_attributes>\n` : ''}${state.lrm ? this.#history(name) : ''}    </node_state>
`;
	}

	#history(name: Name): string {
		const rows = [...this.#operations[name]]
			.map(
				([
					resource,
					{operation, code, call},
				]) => `          <lrm_resource id="${resource}" type="${resource === DRBD ? 'drbd' : 'zpool'}" class="ocf" provider="twinpool">
            <lrm_rsc_op id="${resource}_last_0" operation_key="${resource}_${operation}_0" operation="${operation}" crm_feature_set="3.16.1" on_node="${name}" call-id="${call}" rc-code="${code}" op-status="0" interval="0"/>
          </lrm_resource>
`,
			)
			.join('');
		return `      <lrm id="${idOf(name)}">\n        <lrm_resources>\n${rows}        </lrm_resources>\n      </lrm>\n`;
	}

	/** One cibadmin call that changes a constraint; nothing else is changed by anybody here. */
	async change(how: 'create' | 'modify' | 'replace' | 'delete', text: string, allowCreate: boolean): Promise<void> {
		const element = await parseXml(text).catch(() => undefined);
		if (!element) {
			throw new CibRefused(78, 'Call cib_modify failed: Update does not conform to the configured schema');
		}
		const [constraint] = [...below(element)].filter(({tag}) => tag === 'rsc_location');
		const id = constraint?.at['id'];
		if (!(constraint && id)) {
			throw new CibRefused(78, `Call cib_${how} failed: Update does not conform to the configured schema`);
		}
		const known = this.constraints.get(id);
		if (how === 'create' && known) {
			throw new CibRefused(108, 'Call cib_create failed: File exists');
		}
		if (!known && how === 'delete') {
			return;
		}
		if (!known && how !== 'create' && !allowCreate) {
			throw new CibRefused(105, `Call cib_${how} failed: No such device or address`);
		}
		this.epoch += 1;
		this.updates = 0;
		if (how === 'delete') {
			this.constraints.delete(id);
			this.onConstraint?.('lifted', id);
		} else {
			this.constraints.set(id, constraint);
			this.onConstraint?.(known ? 'changed' : 'placed', id);
		}
	}

	/** `//rsc_location[@id="..." and count(rule/expression)=N and rule/expression[@value="..." and @id="..."]]`, the form in use. */
	byXpath(xpath: string): Element | undefined {
		const found = this.constraints.get(/@id=["']([^"']+)["']/u.exec(xpath)?.[1] ?? '');
		const values = [...below(found)].filter(({tag}) => tag === 'expression').map(({at}) => `${at['value']} ${at['id']}`);
		const count = /count\(rule\/expression\)=(\d+)/u.exec(xpath)?.[1];
		const asked = [...xpath.matchAll(/@value=["']([^"']+)["'] and @id=["']([^"']+)["']/gu)].map(([, value, id]) => `${value} ${id}`);
		return (count === undefined || Number(count) === values.length) && asked.every(one => values.includes(one)) ? found : undefined;
	}
}

const idOf = (name: Name): string => `${NAMES.indexOf(name) + 1}`;
