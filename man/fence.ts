import type {FenceAgent} from '../lib/fence/agent.ts';
import {option} from '../lib/fence/metadata.ts';
import type {FenceParam} from '../lib/fence/parameters.ts';
import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';

const ACTIONS: Readonly<Record<string, string>> = {
	off: 'Destroy the guest and prove that it is gone. A guest that is off already is a success.',
	on: 'Start the guest.',
	reboot: 'Off, proved, and on. It is a success as soon as off is proved.',
	status: 'Tell whether the guest is on.',
	monitor: 'Ask the hypervisor for its guests.',
	list: 'Print the names of the guests.',
	'list-status': 'Print the names of the guests, each with on, off or unknown.',
	'validate-all': 'Look at the parameters alone.',
	metadata: 'Print the metadata.',
};

const parameter = ([name, {was, required, default: value, short, long, ...of}]: [string, FenceParam]): string => {
	const about = [required && 'required', value && `default ${value}`, was && `also ${was}`].filter(Boolean).join(', ');
	return item(`${option(name, {...of, short, long, required, default: value})} (${name})`, `${short}${about && ` (${about})`}.\n${long}`);
};

/** How it is configured, for people who have pcs and for people who have crmsh; README shows the same. */
export const EXAMPLES = {
	pcs: `pcs stonith create fence-alpha fence_libvirt uri=qemu+ssh://root@kvm1/system plug=alpha pcmk_host_list=alpha
pcs stonith create fence-bravo fence_libvirt uri=qemu+ssh://root@kvm2/system plug=bravo pcmk_host_list=bravo
pcs resource meta tank priority=10
pcs property set priority-fencing-delay=15s`,
	crm: `primitive fence-alpha stonith:fence_libvirt params uri="qemu+ssh://root@kvm1/system" plug=alpha pcmk_host_list=alpha
primitive fence-bravo stonith:fence_libvirt params uri="qemu+ssh://root@kvm2/system" plug=bravo pcmk_host_list=bravo
property priority-fencing-delay=15s
# and in the pool's primitive: meta priority=10`,
};

const RACE = `When both links between two nodes go, each has the other one fenced. Let the one with the pool shoot first: whoever fences the node
with the higher priority waits for priority-fencing-delay. Take more than your nodes need to fence under load; a failover after the loss of the
holder waits as long. A pcmk_delay_base for one of the two always favours the same node, wherever the pool is.`;

/** The page of a fence agent, from its one declaration. */
export function fencePage({name, short, long, params}: FenceAgent): Page {
	return {
		name,
		section: 8,
		title: short,
		parts: [
			['synopsis', `.B ${name}\n[options], or name=value lines on standard input`],
			['description', prose(long)],
			[
				'actions',
				Object.entries(ACTIONS)
					.map(([action, text]) => item(action, text))
					.join('\n'),
			],
			['options', Object.entries<FenceParam>(params).map(parameter).join('\n')],
			[
				'exit status',
				[
					item('0', 'It is done and proved; of status: the guest is on.'),
					item('1', 'It failed, or nobody can tell. One line on standard error says why.'),
					item('2', 'Of status: the guest is off.'),
				].join('\n'),
			],
			['two nodes', prose(RACE)],
			['examples', `${verbatim(EXAMPLES.pcs)}\n${verbatim(EXAMPLES.crm)}`],
			['see also', prose('virsh(1), ssh_config(5), pacemaker-fenced(7), ocf_twinpool_drbd(7)')],
		],
	};
}
