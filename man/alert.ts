import type {AlertAgent} from '../lib/alert/agent.ts';
import {ABOUT, ATTRIBUTES} from '../lib/alert/kinds.ts';
import {item, type Page, prose, verbatim} from '../lib/ocf/manual.ts';

const PATH = '/usr/share/pacemaker/alerts/alert_twinpool';

const RECIPIENTS: readonly (readonly [string, string])[] = [
	[
		'mail:ADDRESS',
		'A mail, handed to /usr/sbin/sendmail, which any mail transport has. An address with an @ needs no mail: before it; a local user does: mail:root.',
	],
	[
		'https://HOST/PATH',
		'A POST of JSON: id, kind, cluster, node, resource, subject, time, facts, advice, and text, all of it as one text. Any 2xx is success. A redirect is not followed. A certificate of an authority of your own: NODE_EXTRA_CA_CERTS=FILE, as one more option of the alert.',
	],
	[
		'/PATH/OF/A/SCRIPT',
		'Run without a shell and without arguments, as hacluster, with the same JSON on standard input and TWINPOOL_ALERT_ID, _KIND, _CLUSTER, _NODE, _RESOURCE, _SUBJECT, _TIME and _TEXT in its environment. Exit code 0 is success; after any other it is run again, twice at most.',
	],
];

/** How it is configured, for people who have pcs and for people who have crmsh; README shows the same. */
export const EXAMPLES = {
	pcs: `pcs alert create id=twinpool path=${PATH}
pcs alert recipient add twinpool value=mail:ops@example.com
pcs alert recipient add twinpool value=https://hooks.example.com/cluster
cibadmin --modify --scope alerts --xml-text '<alert id="twinpool">
  <select><select_attributes/><select_fencing/><select_resources/></select></alert>'`,
	crm: `alert twinpool ${PATH} \\
	select attributes { } fencing resources \\
	to mail:ops@example.com to https://hooks.example.com/cluster`,
};

const KINDS: readonly (readonly [string, string])[] = [
	...ATTRIBUTES.map(kind => [kind, `${ABOUT[kind].what('RESOURCE', 'NODE')}: the node attribute twinpool-${kind}-RESOURCE.`] as const),
	['fencing', 'A node was fenced, or could not be. Told by the node that ordered it.'],
	['failure', 'An operation of a resource failed or timed out.'],
];

/** The page of the alert agent, from its one declaration. */
export function alertPage({name, short, long, options}: AlertAgent): Page {
	return {
		name,
		section: 8,
		title: short,
		parts: [
			['synopsis', `.B ${PATH}\n\\-\\-test \\fIRECIPIENT\\fR`],
			['description', prose(long)],
			['recipients', RECIPIENTS.map(([term, text]) => item(term, text)).join('\n')],
			['kinds', KINDS.map(([term, text]) => item(term, text)).join('\n')],
			[
				'options',
				`${prose("The alert's instance attributes:")}\n${Object.entries(options)
					.map(([option, {long: about, default: value}]) => item(option, `${about}${value ? ` Default: ${value}.` : ''}`))
					.join('\n')}`,
			],
			[
				'once',
				prose(
					"A message is for one event, whichever nodes see it. Of a split-brain and of out-of-sync blocks the other node's finding within two minutes is the same one. What a handler finds later, and says in other words, is told again, and so is everything after it was healed. When the nodes do not see each other in the cluster either, each of them tells.",
				),
			],
			[
				'exit status',
				[
					item('0', 'Told, or nothing to tell.'),
					item(
						'1',
						'Could not be told, after three tries where another one may help. One line on standard error and in the journal says why.',
					),
					item('2', 'Called or configured in a way that cannot work, which that line names with what would be right.'),
				].join('\n'),
			],
			[
				'examples',
				[
					prose(
						'Pacemaker calls alert agents for node attributes only where the alert selects them, which pcs cannot write; without that nothing is told of DRBD.',
					),
					verbatim(EXAMPLES.pcs),
					prose('With crmsh:'),
					verbatim(EXAMPLES.crm),
					prose('Try it on each node, as the user that Pacemaker runs it as, with the options in the environment:'),
					verbatim(`runuser -u hacluster -- ${PATH} --test mail:ops@example.com\njournalctl -t ${name}`),
				].join('\n'),
			],
			['see also', prose('twinpool-handler(8), ocf_twinpool_drbd(7), pcs(8), crm(8)')],
		],
	};
}
