import {exists, read} from '../host.ts';
import {run} from '../run.ts';

const ALIVE = '/run/iscsid.pid';

/**
 * A session does without iscsid until it is lost; then only an iscsid that knew it in good days can end it (seen: one that was started
 * by the logout itself refused until the target was back, and writes were held for as long). Gives what was done, as a sentence.
 */
export async function wake(): Promise<string | undefined> {
	if (exists(`/proc/${read(ALIVE)?.trim() || 'none'}`)) {
		return undefined;
	}
	const {exit, stderr} = await run(['systemctl', 'start', 'iscsid.service'], {timeout: 10_000});
	return exit === 0
		? 'iscsid did not run: started'
		: `iscsid does not run, and a lost leg cannot be let go: ${stderr.trim().split('\n')[0] ?? ''}`;
}
