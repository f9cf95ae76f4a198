import type {Deadline} from '../deadline.ts';
import {type Argv, run} from '../run.ts';
import {readCib} from './cib.ts';

/**
 * For placement rules: the attribute twinpool-behind-NAME on every other node while it does not have everything, and on none when it
 * has (`whole`). Gives whether all members were told.
 */
export async function tellBehind(name: string, me: string, whole: boolean, deadline: Deadline): Promise<boolean> {
	const {cib} = await readCib(deadline).then(
		read => ({cib: read}),
		() => ({cib: undefined}),
	);
	const answers = await Promise.all(
		(cib?.nodes ?? []).map(({name: node, membership}) => {
			// What the other node said of this one is over: else the rule would drive away what runs here.
			const value = node === me || whole ? ['-D'] : ['-U', '1'];
			const args: Argv = ['attrd_updater', '-N', node, '-n', `twinpool-behind-${name}`, ...value];
			return membership === 'member'
				? run(args, {timeout: 5000}).then(
						({exit}) => exit === 0,
						() => false,
					)
				: false;
		}),
	);
	return cib !== undefined && answers.every(Boolean);
}
