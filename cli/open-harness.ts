import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { buildIfStale } from '../scripts/app/build-if-stale.ts';
import { isPortTaken } from '../scripts/app/is-port-taken.ts';
import { type AppServer, serveApp } from '../scripts/app/serve-app.ts';
import { chromeLaunch, type GpuChoice } from '../scripts/webgpu/launch-options.ts';
import type { AdapterInfo } from '../src/engine/engine.ts';
import type { Outcome } from '../harness/harness-api.ts';

export interface HarnessOptions {
	readonly gpu: GpuChoice;
	/** Where the app is served; 0 for any free port. */
	readonly port: number;
	/** A Chrome profile to keep; without it, a fresh one is used and thrown away. */
	readonly profile?: string;
	/** Further folders to serve, as for `serveApp`. */
	readonly folders?: Readonly<Record<string, string>>;
	/** A line for the person who waits. */
	readonly onProgress: (line: string) => void;
}

export interface OpenHarness {
	readonly page: Page;
	readonly adapter: AdapterInfo;
	/** Where the app is served, for example `http://127.0.0.1:5178/`. */
	readonly url: string;
	/** Rejects if the page dies; race calls into it against this. */
	readonly crashed: Promise<never>;
	close(): Promise<void>;
}

/** Builds the app where needed, serves it, and opens `harness.html` in headless Chrome. */
export async function openHarness(options: HarnessOptions): Promise<OpenHarness> {
	const launch = chromeLaunch(options.gpu);
	await buildIfStale();
	const server = await serve(options);
	let browser: Browser | BrowserContext | undefined;
	const close = async (): Promise<void> => {
		await browser?.close();
		await server.close();
	};
	try {
		const playwright = {
			executablePath: launch.executablePath,
			args: launch.args,
			env: launch.env,
			timeout: 60_000,
		};
		browser = options.profile
			? await chromium.launchPersistentContext(options.profile, playwright)
			: await chromium.launch(playwright);
		const page = await browser.newPage();
		const crashed = new Promise<never>((_resolve, reject) => {
			page.on('crash', () => reject(new Error('The page crashed, usually for want of memory.')));
		});
		crashed.catch(() => undefined); // a crash that nobody waits for must not end the tool
		page.on('pageerror', (error) => options.onProgress(`page: ${error.message}`));
		await page.exposeFunction('shardlightProgress', options.onProgress);
		await page.goto(new URL('harness.html', server.url).href);
		await page.waitForFunction(() => window.shardlightHarness !== undefined);
		const adapter = valueOf(
			await page.evaluate(async () => {
				if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
				return window.shardlightHarness.open();
			}),
		);
		return { page, adapter, url: server.url, crashed, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** The value of a call into the page. @throws an error with the page's message */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
	if (outcome.ok) return outcome.value;
	const error = new Error(outcome.error.message);
	error.name = outcome.error.name;
	throw error;
}

async function serve({ port, folders }: HarnessOptions): Promise<AppServer> {
	try {
		return await serveApp({ port, folders });
	} catch (error) {
		if (!isPortTaken(error)) throw error;
		throw new Error(`Port ${port} is taken, perhaps by another run. Name another with --port.`, {
			cause: error,
		});
	}
}
