import type { BrowserCommand } from 'vitest/node';
import { convertTinyModel } from '../fixtures/converted-model-folder.ts';
import { FolderServer } from '../fixtures/folder-server.ts';

declare module 'vitest/browser' {
	interface BrowserCommands {
		/** Converts the tiny model with the command line tool and serves it. @returns the folder's address */
		readonly serveConvertedModel: (modelId: string) => Promise<string>;
		/** From now on one byte of this file is sent wrong; without a name none is. */
		readonly damageServedFile: (name?: string) => Promise<void>;
		/** Between two pieces of 64 KiB; answers under way heed a change. */
		readonly pauseServing: (milliseconds: number) => Promise<void>;
		/** Answers that the browser neither has whole nor has given up. */
		readonly openAnswers: () => Promise<number>;
		readonly stopServing: () => Promise<void>;
	}
}

interface Served extends AsyncDisposable {
	readonly server: FolderServer;
}

let served: Served | undefined;

const serveConvertedModel: BrowserCommand<[modelId: string]> = async (_context, modelId) => {
	const converted = await convertTinyModel(modelId);
	const server = new FolderServer(converted.folder);
	served = {
		server,
		[Symbol.asyncDispose]: async () => {
			await server.stop();
			converted[Symbol.dispose]();
		},
	};
	return server.start();
};

const damageServedFile: BrowserCommand<[name?: string]> = (_context, name) => {
	if (served !== undefined) served.server.damaged = name;
};

const pauseServing: BrowserCommand<[milliseconds: number]> = (_context, milliseconds) => {
	if (served !== undefined) served.server.pauseMilliseconds = milliseconds;
};

const openAnswers: BrowserCommand<[]> = () => served?.server.openAnswers ?? 0;

const stopServing: BrowserCommand<[]> = async () => {
	await served?.[Symbol.asyncDispose]();
	served = undefined;
};

/** What tests in the browser may ask of Node. */
export const convertedModelCommands = {
	...{ serveConvertedModel, damageServedFile, pauseServing, openAnswers, stopServing },
};
