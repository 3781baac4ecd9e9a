// `npm start`: builds the app where needed, serves it, and prints its address.
import { parseArgs } from 'node:util';
import { buildIfStale } from './app/build-if-stale.ts';
import { isPortTaken } from './app/is-port-taken.ts';
import { type AppServer, serveApp } from './app/serve-app.ts';

const DEFAULT_PORT = 5177;

const { values } = parseArgs({ options: { port: { type: 'string' } } });

await buildIfStale();
const { url } = await serve(values.port === undefined ? undefined : Number(values.port));
console.log(`Shardlight is at ${url} (stop it with Ctrl+C)`);

async function serve(wanted: number | undefined): Promise<AppServer> {
	if (wanted !== undefined) return serveApp({ port: wanted });
	try {
		return await serveApp({ port: DEFAULT_PORT });
	} catch (error) {
		if (!isPortTaken(error)) throw error;
		console.error(
			`Port ${DEFAULT_PORT} is taken, so another is used. Browsers keep models for each address: ` +
				'those installed at the usual one are not seen from here.',
		);
		return serveApp({ port: 0 });
	}
}
