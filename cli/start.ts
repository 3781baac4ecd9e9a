// `npm start`: builds the app where needed, serves it, and prints its address.
import { buildIfStale } from '../scripts/app/build-if-stale.ts';
import { isPortTaken } from '../scripts/app/is-port-taken.ts';
import { type AppServer, serveApp } from '../scripts/app/serve-app.ts';
import { parseOptions, portNumber } from './parse-options.ts';
import { runTool } from './run-tool.ts';

const DEFAULT_PORT = 5177;

const HELP = `Builds the app where needed and serves it to this computer, until Ctrl+C.

  npm start -- [options]

  --port N   part of the app's address, to which browsers tie installed models (default ${DEFAULT_PORT},
             or any free port where another program holds it; 0 is any free port)

Exit code: 1 failed, 2 wrong usage.`;

await runTool(HELP, async (args) => {
	const { port } = parseOptions(args, { port: { type: 'string' } });
	const wanted = portNumber(port);
	await buildIfStale();
	const { url } = await serve(wanted);
	console.log(`Shardlight is at ${url} (stop it with Ctrl+C)`);
	return true;
});

async function serve(wanted: number | undefined): Promise<AppServer> {
	try {
		return await serveApp({ port: wanted ?? DEFAULT_PORT });
	} catch (error) {
		if (!isPortTaken(error)) throw error;
		if (wanted !== undefined) {
			throw new Error(`Port ${wanted} is taken by another program.`, { cause: error });
		}
		console.error(
			`Port ${DEFAULT_PORT} is taken, so another is used. Browsers keep models for each address: ` +
				'those installed at the usual one are not seen from here.',
		);
		return serveApp({ port: 0 });
	}
}
