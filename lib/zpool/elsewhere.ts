import {type Cib, nodeNamed} from '../cluster/cib.ts';
import {below, type Element} from '../cluster/xml.ts';

/**
 * The last owner is back in the cluster: it was cut off from power, and returned before we came to import.
 * What Pacemaker recorded there since, by our own monitor or stop, is proof that the pool is not imported there.
 */
export async function releasedBy(owner: string, instance: string, cib: () => Promise<Cib>): Promise<boolean> {
	try {
		const node = nodeNamed(await cib(), owner);
		return node?.membership === 'member' && released(node.status, instance);
	} catch {
		return false;
	}
}

/** The newest record of this resource on that node is a look that found nothing, or a stop that worked. */
export function released(status: Element | undefined, instance: string): boolean {
	const resource = [...below(status)].find(({tag, at}) => tag === 'lrm_resource' && at['id'] === instance.replace(/:\d+$/u, ''));
	const operations = (resource?.children ?? []).filter(({tag}) => tag === 'lrm_rsc_op');
	const newest = Math.max(...operations.map(({at}) => Number(at['call-id'])));
	const last = operations.filter(({at}) => Number(at['call-id']) === newest);
	return (
		newest > 0 &&
		last.length > 0 &&
		last.every(
			({at}) =>
				at['op-status'] === '0' &&
				((at['operation'] === 'monitor' && at['rc-code'] === '7') || (at['operation'] === 'stop' && at['rc-code'] === '0')),
		)
	);
}
