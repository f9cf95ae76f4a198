import {createServer} from 'node:http';
import {Counter, Gauge, Registry} from 'prom-client';
import {type Level, levelOf} from './item.ts';
import type {Live} from './live.ts';

const LEVELS: readonly Level[] = ['well', 'ill', 'unknown'];
/** Nobody asks more often at once. */
const MOST = 32;
/** Nor takes longer, in milliseconds, to say what he asks: who only holds a connection keeps others out. */
const PATIENCE = {headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000};

/**
 * Answer Prometheus at ADDRESS:PORT, or at this host's own address where only a port is given. Gives how to end it.
 * @throws {Error} it is no address, or somebody listens there
 */
export async function serve(address: string, live: Live): Promise<() => void> {
	const {host, port} = addressOf(address);
	const server = createServer(PATIENCE, (request, response) => {
		if (!/^(GET|HEAD)$/u.test(request.method ?? '') || (request.url ?? '').split('?')[0] !== '/metrics') {
			response.writeHead(404, {'content-type': 'text/plain'}).end('only GET /metrics\n');
			return;
		}
		void metrics(live).then(({type, text}) => response.writeHead(200, {'content-type': type}).end(text));
	});
	server.maxConnections = MOST;
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: Error) => reject(new Error(`nothing can be served at ${address}: ${error.message}`)));
		server.listen(port, host, resolve);
	});
	return () => {
		server.close();
		server.closeAllConnections();
	};
}

function addressOf(text: string): {host: string; port: number} {
	const {six, host, port} = /^(?:(?:\[(?<six>[\dA-Fa-f:.]+)\]|(?<host>[\w.-]*)):)?(?<port>\d{1,5})$/u.exec(text)?.groups ?? {};
	if (port === undefined || Number(port) > 65_535) {
		throw new Error(`--metrics: expected ADDRESS:PORT, [ADDRESS]:PORT or PORT, not ${JSON.stringify(text)}`);
	}
	return {host: six ?? (host || '127.0.0.1'), port: Number(port)};
}

/** The view as Prometheus reads it: made at each scrape from what is seen already, so that nothing is asked of anybody. */
export async function metrics({view, events, ends}: Live): Promise<{type: string; text: string}> {
	const registry = new Registry();
	const gauge = (name: string, help: string, labelNames: string[]): Gauge => new Gauge({name, help, labelNames, registers: [registry]});
	const counter = (name: string, help: string): Counter => new Counter({name, help, labelNames: ['source'], registers: [registry]});
	gauge('twinpool_level', '1 for the level of everything together: well, ill or unknown.', ['host', 'level']);
	const whole = registry.getSingleMetric('twinpool_level') as Gauge;
	for (const level of LEVELS) {
		whole.set({host: view.host, level}, levelOf(view) === level ? 1 : 0);
	}
	const well = gauge('twinpool_item_well', '1 when a thing is well, 0 when it is not or cannot be seen.', ['kind', 'name', 'node']);
	const state = gauge('twinpool_item_state', "1 for the state of a thing, in its tool's own words.", ['kind', 'name', 'node', 'words']);
	const figures = new Map<string, Gauge>();
	for (const {kind, name, node, words, level, figures: its = {}} of view.items) {
		well.set({kind, name, node}, level === 'well' ? 1 : 0);
		state.set({kind, name, node, words}, 1);
		for (const [figure, value] of Object.entries(its)) {
			const full = `twinpool_${kind}_${figure}`;
			const one = figures.get(full) ?? gauge(full, `${figure.replaceAll('_', ' ')} of a ${kind}.`, ['name', 'node']);
			figures.set(full, one);
			one.set({name, node}, value);
		}
	}
	const came = counter('twinpool_source_events_total', 'Events that a source told.');
	const ended = counter('twinpool_source_ends_total', 'How often a source ended by itself.');
	for (const [source, times] of events) {
		came.inc({source}, times);
	}
	for (const [source, times] of ends) {
		ended.inc({source}, times);
	}
	return {type: registry.contentType, text: await registry.metrics()};
}
