/** Pacemaker's tools as they really answer. */
import {nodes, resource} from '../config.ts';
import type {Case} from './record.ts';

const clone = `${resource}-clone`;
const id = `drbd-fence-by-handler-${resource}-${clone}`;
const rule = `drbd-fence-by-handler-${resource}-rule-${clone}`;
const constraint = (node: string): string =>
	`<rsc_location rsc="${clone}" id="${id}"><rule role="Master" score="-INFINITY" id="${rule}">` +
	`<expression attribute="#uname" operation="ne" value="${node}" id="drbd-fence-by-handler-${resource}-expr-1-${clone}"/></rule></rsc_location>`;
const change = (verb: string, node: string): string => `cibadmin ${verb} -o constraints -X '${constraint(node)}'`;
const remove = `cibadmin -D -X '<rsc_location rsc="${clone}" id="${id}"/>'`;
/** Only as long as it is the one for this node. */
const removeExactly = (node: string): string =>
	`cibadmin -D --xpath "//rsc_location[@id='${id}' and count(rule/expression)=1 and rule/expression[@value='${node}' and @id='drbd-fence-by-handler-${resource}-expr-1-${clone}']]"`;
const instance = {OCF_RESOURCE_INSTANCE: resource};

/** The whole state of things, under a name for the occasion. */
export const state = (occasion: string): readonly Case[] => [
	[`cib-${occasion}`, 'cibadmin -Q'],
	[`cib-local-${occasion}`, 'cibadmin -Q -l'],
	[`crm-mon-${occasion}`, 'crm_mon --one-shot --as-xml'],
	[`crm-node-list-${occasion}`, 'crm_node -l'],
	[`crm-node-partition-${occasion}`, 'crm_node -p'],
	[`crm-node-quorum-${occasion}`, 'crm_node -q'],
	[`crmadmin-dc-${occasion}`, 'crmadmin -D'],
	[`stonith-history-${occasion}`, "stonith_admin --history '*'"],
	[`stonith-history-verbose-${occasion}`, "stonith_admin --history '*' --verbose"],
	[`stonith-history-verbose-xml-${occasion}`, "stonith_admin --history '*' --verbose --output-as=xml"],
	[`stonith-history-xml-${occasion}`, "stonith_admin --history '*' --output-as=xml"],
	...nodes.map((node): Case => [`stonith-history-xml-${node}-${occasion}`, `stonith_admin --history ${node} --output-as=xml`]),
	...nodes.map((node): Case => [`stonith-last-${node}-${occasion}`, `stonith_admin --last ${node}`]),
	...nodes.map((node): Case => [`crmadmin-status-${node}-${occasion}`, `timeout 10 crmadmin -S ${node}`]),
];

export const commands: readonly Case[] = [
	['version', 'pacemakerd --version'],
	['crm-node-name', 'crm_node -n'],
	['crm-node-id', 'crm_node -i'],
	['constraint-absent', `cibadmin -Q --xpath "//rsc_location[@id='${id}']"`],
	['constraint-delete-absent', remove],
	['constraint-modify-absent', change('-M', 'alpha')],
	['constraint-replace-absent', change('-R', 'alpha')],
	['constraint-create', change('-C', 'alpha')],
	['constraint-create-exists', change('-C', 'alpha')],
	['constraint-create-exists-different', change('-C', 'bravo')],
	['constraint-present', `cibadmin -Q --xpath "//rsc_location[@id='${id}']"`],
	['constraint-section', 'cibadmin -Q -o constraints'],
	['constraint-modify-unchanged', change('-M', 'alpha')],
	['constraint-modify', change('-M', 'bravo')],
	['constraint-replace-unchanged', change('-R', 'bravo')],
	['constraint-replace', change('-R', 'alpha')],
	['constraint-delete-other', removeExactly('bravo')],
	['constraint-delete-exactly', removeExactly('alpha')],
	['', change('-C', 'alpha')],
	['constraint-delete', remove],
	['constraint-modify-create', `cibadmin -M -c -o constraints -X '${constraint('alpha')}'`],
	['', remove],
	['constraint-invalid', `cibadmin -C -o constraints -X '<rsc_location id="x" rsc="${clone}"/>'`],
	['constraint-not-xml', "cibadmin -C -o constraints -X '<rsc_location'"],
	['promotion-query', 'crm_attribute --promotion -G -q', instance],
	['promotion-query-long', 'crm_attribute --promotion -G', instance],
	['promotion-set', 'crm_attribute --promotion -l reboot -v 10000', instance],
	['promotion-set-unchanged', 'crm_attribute --promotion -l reboot -v 10000', instance],
	['promotion-query-named', `crm_attribute --promotion=${resource} -G -q`],
	['promotion-query-no-instance', 'crm_attribute --promotion -G -q'],
	['promotion-set-unset', 'crm_attribute --promotion=other -l reboot -v 5'],
	['promotion-delete', 'crm_attribute --promotion=other -l reboot -D'],
	['promotion-delete-unset', 'crm_attribute --promotion=other -l reboot -D'],
	['promotion-query-unset', 'crm_attribute --promotion=nothere -G -q'],
	['promotion-query-default', 'crm_attribute --promotion=nothere -G -q --default 0'],
	['attribute-set', 'attrd_updater -n lab-fact -U 1'],
	['attribute-query', 'attrd_updater -n lab-fact -Q'],
	['attribute-query-all', 'attrd_updater -n lab-fact -Q -A'],
	['attribute-delete', 'attrd_updater -n lab-fact -D'],
	['attribute-query-unset', 'attrd_updater -n nothere -Q'],
	['resource-locate', `crm_resource --locate -r ${clone}`],
	['resource-locate-absent', 'crm_resource --locate -r nothere'],
];

/** With Pacemaker stopped on this node. */
export const notRunning: readonly Case[] = [
	['down-cibadmin-query', 'cibadmin -Q'],
	['down-cibadmin-query-local', 'cibadmin -Q -l'],
	['down-cibadmin-create', change('-C', 'alpha')],
	['down-cibadmin-delete', remove],
	['down-crm-node-list', 'crm_node -l'],
	['down-crm-node-name', 'crm_node -n'],
	['down-crm-node-partition', 'crm_node -p'],
	['down-promotion-query', 'crm_attribute --promotion -G -q', instance],
	['down-promotion-set', 'crm_attribute --promotion -l reboot -v 10000', instance],
	['down-promotion-delete', 'crm_attribute --promotion -l reboot -D', instance],
	['down-attribute-set', 'attrd_updater -n lab-fact -U 1'],
	['down-stonith-history', "stonith_admin --history '*'"],
	['down-stonith-history-xml', "stonith_admin --history '*' --output-as=xml"],
	['down-crm-mon', 'crm_mon --one-shot --as-xml'],
	['down-crmadmin', 'crmadmin -D'],
];
