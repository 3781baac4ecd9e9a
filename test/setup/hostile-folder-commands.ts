import type { BrowserCommand } from 'vitest/node';
import { FOLDER_CASES, HARMLESS_FOLDERS } from '../fixtures/hostile-folders/folder-cases.ts';
import { HostileFolderServer } from '../fixtures/hostile-folders/hostile-folder-server.ts';
import { HTTP_CASES } from '../fixtures/hostile-folders/http-cases.ts';

interface HostileFolders {
	/** Addresses of folders that are to be refused, by what is wrong with them. */
	readonly refused: Readonly<Record<string, string>>;
	/** Of those that are to be installed. */
	readonly harmless: Readonly<Record<string, string>>;
}

declare module 'vitest/browser' {
	interface BrowserCommands {
		readonly serveHostileFolders: () => Promise<HostileFolders>;
		readonly stopHostileFolders: () => Promise<void>;
	}
}

let server: HostileFolderServer | undefined;

const serveHostileFolders: BrowserCommand<[]> = async (): Promise<HostileFolders> => {
	const started = new HostileFolderServer();
	server = started;
	await started.start();
	const addresses = (names: readonly string[]) =>
		Object.fromEntries(names.map((name) => [name, started.url(name)]));
	const names = [...Object.keys(FOLDER_CASES), ...Object.keys(HTTP_CASES)];
	return {
		refused: addresses(names.filter((name) => !HARMLESS_FOLDERS.includes(name))),
		harmless: addresses(HARMLESS_FOLDERS),
	};
};

const stopHostileFolders: BrowserCommand<[]> = async () => {
	await server?.stop();
	server = undefined;
};

/** What tests in the browser may ask of Node. */
export const hostileFolderCommands = { serveHostileFolders, stopHostileFolders };
