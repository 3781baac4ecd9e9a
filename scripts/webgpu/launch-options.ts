import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findChrome } from './find-chrome.ts';

/**
 * - `hardware`: Chrome as installed, on the machine's GPU.
 * - `software`: the Chromium on lavapipe that `npm run setup:browser` made.
 * - `auto`: `software` where that was set up and Linux shows no GPU, else `hardware`.
 */
export type GpuChoice = 'auto' | 'software' | 'hardware';

/** A subset of Playwright's `LaunchOptions`. */
export interface ChromeLaunch {
	readonly executablePath: string;
	readonly args: string[];
	/** Playwright turns Chrome's sandbox off unless it is asked not to. */
	readonly chromiumSandbox: boolean;
	readonly env: Record<string, string>;
	readonly software: boolean;
}

class ChromeMissingError extends Error {
	override readonly name = 'ChromeMissingError';
	constructor(detail: string) {
		super(
			`${detail} Install Chrome or Chromium 144 or later, or set CHROME_PATH to its program; ` +
				'on Debian without a GPU, run `npm run setup:browser`.',
		);
	}
}

const SETUP_FOLDER =
	process.env.SHARDLIGHT_WEBGPU_DIR ?? join(homedir(), '.cache/shardlight-webgpu');

/** How to start a Chrome that has WebGPU. @throws ChromeMissingError */
export function chromeLaunch(gpu: GpuChoice = gpuFromEnvironment()): ChromeLaunch {
	switch (gpu) {
		case 'software':
			return softwareLaunch();
		case 'hardware':
			return hardwareLaunch();
		case 'auto':
			return !process.env.CHROME_PATH && softwareIsSetUp() && !linuxShowsGpu()
				? softwareLaunch()
				: hardwareLaunch();
	}
}

/** True once `npm run setup:browser` has made the Chromium with the software GPU. */
function softwareIsSetUp(): boolean {
	return existsSync(join(SETUP_FOLDER, '.stamp'));
}

function gpuFromEnvironment(): GpuChoice {
	const choice = process.env.SHARDLIGHT_GPU ?? 'auto';
	if (choice === 'auto' || choice === 'software' || choice === 'hardware') return choice;
	throw new Error(`SHARDLIGHT_GPU is ${choice}; it may be auto, software or hardware.`);
}

function softwareLaunch(): ChromeLaunch {
	if (!softwareIsSetUp()) throw new ChromeMissingError('The software GPU is not set up.');
	const { CHROME_PATH: executablePath, ...vulkan } = readSetup('env.json') as Record<
		'CHROME_PATH',
		string
	>;
	return {
		executablePath,
		args: readSetup('flags.json') as string[],
		chromiumSandbox: mayUseSandbox(),
		env: { ...currentEnvironment(), ...vulkan },
		software: true,
	};
}

function hardwareLaunch(): ChromeLaunch {
	const executablePath = findChrome();
	if (executablePath === undefined) throw new ChromeMissingError('No Chrome was found.');
	const args: string[] = [];
	if (process.platform === 'linux') {
		// Without these, headless Chrome on Linux picks no GPU.
		args.push('--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-vulkan=native');
		args.push('--use-angle=vulkan', '--ignore-gpu-blocklist', '--disable-vulkan-surface');
	}
	return {
		executablePath,
		args,
		chromiumSandbox: mayUseSandbox(),
		env: currentEnvironment(),
		software: false,
	};
}

/** Chrome refuses its sandbox under root. */
function mayUseSandbox(): boolean {
	return process.getuid?.() !== 0;
}

/** The same with only the GPU process outside of the sandbox, for drivers that do not work inside. */
export function withoutGpuSandbox(launch: ChromeLaunch): ChromeLaunch {
	return { ...launch, args: [...launch.args, '--disable-gpu-sandbox'] };
}

/** Playwright replaces the browser's environment by what it is given, so the current one is passed on. */
function currentEnvironment(): Record<string, string> {
	return Object.fromEntries(
		Object.entries(process.env).flatMap(([name, value]) =>
			value === undefined ? [] : [[name, value]],
		),
	);
}

/** False on a Linux machine whose kernel offers no GPU. */
export function linuxShowsGpu(): boolean {
	if (process.platform !== 'linux') return true;
	if (existsSync('/dev/nvidia0')) return true;
	return (
		existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('render'))
	);
}

function readSetup(name: string): unknown {
	return JSON.parse(readFileSync(join(SETUP_FOLDER, name), 'utf8'));
}
