import {below, child, type Element} from '../cluster/xml.ts';

/** What a storage is, by every name it goes by. */
export interface Storage {
	/** Mount points, folders of devices and devices: whatever is one of them or below it lies on the storage. */
	paths: readonly string[];
	/** Gluster volumes, which qemu opens without a mount. */
	volumes: readonly string[];
}

/** A place that a domain names: a path, something on the network, or a volume of one of libvirt's pools. */
export type Place =
	| {kind: 'path'; path: string}
	| {kind: 'network'; protocol: string; name: string}
	| {kind: 'volume'; pool: string; volume: string};

/** What the rule asks besides the domain. */
export interface Asking {
	storage: Storage;
	/** Every name that a path goes by on this host: itself, and where its links lead. */
	names(path: string): readonly string[];
	/** libvirt's pools by name. */
	pools: ReadonlyMap<string, Element>;
}

export const nameOf = (domain: Element): string => child(domain, 'name')?.text ?? '';
export const uuidOf = (domain: Element): string => child(domain, 'uuid')?.text?.trim().toLowerCase() ?? '';

function placesOf({at, text}: Element): Place[] {
	const {pool, volume, protocol, name} = at;
	const paths = [at['file'], at['dev'], at['dir'], at['path'], text].filter(path => path?.startsWith('/'));
	return [
		...paths.map((path = ''): Place => ({kind: 'path', path})),
		...(pool && volume ? [{kind: 'volume', pool, volume} as const] : []),
		...(protocol && name ? [{kind: 'network', protocol, name} as const] : []),
	];
}

/** Files of a domain that are not devices: firmware and its variables, kernels. */
const BOOT = ['loader', 'nvram', 'kernel', 'initrd', 'dtb'];

/** Every place that a domain names: disks with their backing chains and mirrors, shared folders, logs, firmware, kernels. */
function* everywhere(domain: Element): Generator<Place> {
	for (const element of below(child(domain, 'os'))) {
		if (BOOT.includes(element.tag) || element.tag === 'source') {
			yield* placesOf(element);
		}
	}
	for (const element of below(child(domain, 'devices'))) {
		if (element.tag === 'source' || element.tag === 'log' || element.tag === 'path') {
			yield* placesOf(element);
		}
	}
}

/** The disks themselves: what moves with the guest. Not what lies below them in a chain, nor a CD in the drive. */
function* disks(domain: Element): Generator<Place> {
	for (const {tag, at, children} of child(domain, 'devices')?.children ?? []) {
		const source = children.find(one => one.tag === 'source');
		if (tag === 'disk' && (at['device'] ?? 'disk').match(/^(disk|lun)$/u) && source) {
			yield* placesOf(source);
		}
	}
}

const within = (path: string, folder: string): boolean =>
	path === folder || folder === '/' || path.startsWith(`${folder.replace(/\/$/u, '')}/`);

/** Where a volume of one of libvirt's pools is: below the pool's folder, or in what the pool is made of. */
function inPool(volume: string, pool: Element | undefined): Place[] {
	const path = child(pool, 'target', 'path')?.text?.trim();
	const source = child(pool, 'source', 'name')?.text?.trim();
	if (path) {
		return [{kind: 'path', path: `${path.replace(/\/$/u, '')}/${volume}`}];
	}
	return source ? [{kind: 'network', protocol: pool?.at['type'] ?? '', name: `${source}/${volume}`}] : [];
}

/** How a place lies on the storage, for a sentence; nothing when it does not. */
function on(place: Place, asking: Asking): string | undefined {
	const {storage, names, pools} = asking;
	switch (place.kind) {
		case 'path':
			return names(place.path).some(name => storage.paths.some(folder => within(name, folder))) ? place.path : undefined;
		case 'network':
			return place.protocol === 'gluster' && storage.volumes.includes(place.name.replace(/^\//u, '').split('/')[0] ?? '')
				? `gluster ${place.name}`
				: undefined;
		default: {
			const inside = inPool(place.volume, pools.get(place.pool));
			return inside.some(one => on(one, asking) !== undefined) ? `${place.volume} in pool ${place.pool}` : undefined;
		}
	}
}

const found = (places: Iterable<Place>, asking: Asking): string[] => [...new Set([...places].flatMap(place => on(place, asking) ?? []))];

/** Everything of a guest that lies on the storage. None: it does not use it. */
export const uses = (domain: Element, asking: Asking): string[] => found(everywhere(domain), asking);
/** The guest's disks that live on the storage. None: it is somebody else's guest. */
export const lives = (domain: Element, asking: Asking): string[] => found(disks(domain), asking);
/** The guest's disks that live elsewhere: it cannot start where they are not. */
export const strays = (domain: Element, asking: Asking): number =>
	[...disks(domain)].filter(place => on(place, asking) === undefined).length;
/** libvirt's pools that must be known to tell. */
export const poolsOf = (domain: Element): string[] =>
	[...everywhere(domain)].flatMap(place => (place.kind === 'volume' ? [place.pool] : []));

/** What the guest's own metadata asks for: `<guest xmlns="urn:twinpool" order="10" start="no"/>`, under any prefix. */
export function wishes(domain: Element): {order: number; start: boolean} {
	const mine = (child(domain, 'metadata')?.children ?? []).find(
		({tag, at}) =>
			/(^|:)guest$/u.test(tag) && Object.entries(at).some(([key, value]) => key.startsWith('xmlns') && value === 'urn:twinpool'),
	);
	const order = Number(mine?.at['order'] || Number.POSITIVE_INFINITY);
	return {order: Number.isNaN(order) ? Number.POSITIVE_INFINITY : order, start: mine?.at['start'] !== 'no'};
}
