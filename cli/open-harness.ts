import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { buildIfStale } from '../scripts/app/build-if-stale.ts';
import { serveApp } from '../scripts/app/serve-app.ts';
import {
	chromeLaunch,
	type ChromeLaunch,
	type GpuChoice,
	withoutGpuSandbox,
} from '../scripts/webgpu/launch-options.ts';
import type { AdapterInfo } from '../src/engine/engine.ts';
import { hasCode } from '../src/errors/app-error.ts';
import { reviveError } from '../src/errors/cross-error.ts';
import type { Outcome } from '../harness/harness-api.ts';

export interface HarnessOptions {
	readonly gpu: GpuChoice;
	/**
	 * The port in the page's address, to which Chrome ties what is stored; 0 for one that no other run has. The server
	 * listens at any free port, and Chrome is told to find it there, so that two runs are not in each other's way.
	 */
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
	/** The app's address in the page, for example `http://127.0.0.1:5178/`. */
	readonly url: string;
	/** Rejects if the page dies; race calls into it against this. */
	readonly crashed: Promise<never>;
	close(): Promise<void>;
}

/** Builds the app where needed, serves it, and opens `harness.html` in headless Chrome. */
export async function openHarness(options: HarnessOptions): Promise<OpenHarness> {
	const launch = chromeLaunch(options.gpu);
	await buildIfStale();
	const server = await serveApp({ port: 0, folders: options.folders });
	try {
		const opened = await openSandboxed(launch, new URL(server.url), options);
		const close = async (): Promise<void> => {
			await opened.close();
			await server.close();
		};
		return { ...opened, close };
	} catch (error) {
		await server.close();
		throw error;
	}
}

/** Some drivers do not work in the sandbox of Chrome's GPU process; only where one does not is that left. */
async function openSandboxed(
	launch: ChromeLaunch,
	server: URL,
	options: HarnessOptions,
): Promise<OpenHarness> {
	try {
		return await openChrome(launch, server, options);
	} catch (error) {
		const noGpu = hasCode(error, 'webgpu-unavailable');
		if (!noGpu || !launch.chromiumSandbox || process.platform !== 'linux') throw error;
		options.onProgress('No GPU was found; trying again with the GPU process outside the sandbox.');
		return openChrome(withoutGpuSandbox(launch), server, options);
	}
}

async function openChrome(
	{ executablePath, args, chromiumSandbox, env }: ChromeLaunch,
	server: URL,
	{ port, profile, onProgress }: HarnessOptions,
): Promise<OpenHarness> {
	const address = new URL('/', server);
	if (port !== 0) address.port = `${port}`;
	const playwright = {
		executablePath,
		args: [...args, `--host-resolver-rules=MAP ${address.host} ${server.host}`],
		chromiumSandbox,
		env,
		timeout: 60_000,
	};
	const browser = await (profile === undefined
		? chromium.launch(playwright)
		: openProfile(profile, playwright));
	const close = (): Promise<void> => browser.close();
	try {
		const page = await browser.newPage();
		const crashed = new Promise<never>((_resolve, reject) => {
			page.on('crash', () => reject(new Error('The page crashed, usually for want of memory.')));
		});
		crashed.catch(() => undefined); // a crash that nobody waits for must not end the tool
		page.on('pageerror', (error) => onProgress(`page: ${error.message}`));
		await page.exposeFunction('shardlightProgress', onProgress);
		await page.goto(new URL('harness.html', address).href);
		await page.waitForFunction(() => window.shardlightHarness !== undefined);
		const adapter = valueOf(
			await page.evaluate(async () => {
				if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
				return window.shardlightHarness.open();
			}),
		);
		return { page, adapter, url: address.href, crashed, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** @throws an error that says so if another Chrome has the profile open */
async function openProfile(
	profile: string,
	options: Parameters<typeof chromium.launchPersistentContext>[1],
): Promise<BrowserContext> {
	try {
		return await chromium.launchPersistentContext(profile, options);
	} catch (error) {
		if (!(error instanceof Error && /ProcessSingleton|already in use/.test(error.message))) {
			throw error;
		}
		throw new Error(
			`Another run has the Chrome profile ${profile} open. Wait for it, or name another folder with --profile.`,
			{ cause: error },
		);
	}
}

/** The value of a call into the page. @throws the page's error */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
	if (outcome.ok) return outcome.value;
	throw reviveError(outcome.error);
}
