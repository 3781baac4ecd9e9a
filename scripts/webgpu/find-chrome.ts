import { accessSync, constants } from 'node:fs';
import { posix, win32 } from 'node:path';

export interface ChromeSearch {
	readonly platform: NodeJS.Platform;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Whether a file can be run. */
	readonly isExecutable: (path: string) => boolean;
}

const NAMES_ON_PATH = [
	'google-chrome-stable',
	'google-chrome',
	'chromium',
	'chromium-browser',
	'microsoft-edge',
];

/** The places where Chrome, Chromium and Edge install themselves, best first. */
export function chromeCandidates({ platform, env }: ChromeSearch): readonly string[] {
	if (platform === 'darwin') {
		const apps = [
			'Google Chrome.app/Contents/MacOS/Google Chrome',
			'Chromium.app/Contents/MacOS/Chromium',
			'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
		];
		const folders = ['/Applications', ...(env.HOME ? [`${env.HOME}/Applications`] : [])];
		return folders.flatMap((folder) => apps.map((app) => posix.join(folder, app)));
	}
	if (platform === 'win32') {
		const programs = [
			'Google\\Chrome\\Application\\chrome.exe',
			'Chromium\\Application\\chrome.exe',
			'Microsoft\\Edge\\Application\\msedge.exe',
		];
		return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((folder) =>
			folder ? programs.map((program) => win32.join(folder, program)) : [],
		);
	}
	const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '');
	return [
		'/opt/google/chrome/chrome',
		...NAMES_ON_PATH.flatMap((name) => folders.map((folder) => posix.join(folder, name))),
		'/usr/lib/chromium/chromium',
	];
}

/**
 * The Chrome to drive: the one that `CHROME_PATH` names, else the first one installed.
 * @throws when `CHROME_PATH` names no program
 */
export function findChrome(search: ChromeSearch = thisMachine()): string | undefined {
	const named = search.env.CHROME_PATH;
	if (named) {
		if (!search.isExecutable(named)) {
			throw new Error(`CHROME_PATH names ${named}, which is not a program that can be run.`);
		}
		return named;
	}
	return chromeCandidates(search).find((path) => search.isExecutable(path));
}

function thisMachine(): ChromeSearch {
	return { platform: process.platform, env: process.env, isExecutable };
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
