import type { BrowserCommand } from 'vitest/node';
import type { PublishedModel } from '../../src/families/parts/published-model.ts';
import { folderFiles } from '../fixtures/folder-files.ts';
import { HubServer } from '../fixtures/hub-server.ts';
import { mendableMischief } from '../fixtures/mischief.ts';
import { publishTinyModel } from '../fixtures/publish-tiny-model.ts';
import { writeTinyModelFolder } from '../fixtures/tiny-model-folder.ts';

interface Hub {
	readonly url: string;
	readonly published: PublishedModel;
}

/** What the hub was asked for. */
interface HubRecord {
	readonly preflights: readonly string[];
	readonly origins: readonly (string | undefined)[];
	readonly unrangedRequests: number;
	readonly expired: number;
}

declare module 'vitest/browser' {
	interface BrowserCommands {
		/** Publishes the tiny model on a server that behaves as the hub does, with mischief on top. */
		readonly serveHub: (card: PublishedModel['card']) => Promise<Hub>;
		readonly hubRecord: () => Promise<HubRecord>;
		/** From now on one byte of this file is sent wrong, and nothing else; without a name nothing is. */
		readonly damageHubFile: (name?: string) => Promise<void>;
		readonly stopHub: () => Promise<void>;
	}
}

interface Served extends AsyncDisposable {
	readonly hub: HubServer;
}

let served: Served | undefined;

const serveHub: BrowserCommand<[card: PublishedModel['card']]> = async (_context, card) => {
	const model = writeTinyModelFolder('comfy');
	const published = publishTinyModel(model.folder, card);
	const hub = new HubServer(folderFiles(model.folder));
	hub.bytesPerAddress = 5e6;
	hub.staleEvery = 4;
	hub.pauseMilliseconds = 1;
	hub.mischief = mendableMischief(3);
	served = {
		hub,
		[Symbol.asyncDispose]: async () => {
			await hub.stop();
			model[Symbol.dispose]();
		},
	};
	return { url: await hub.start(), published };
};

const hubRecord: BrowserCommand<[]> = () => {
	if (served === undefined) throw new Error('No hub is served');
	const { preflights, origins, ranges, expired } = served.hub;
	const unrangedRequests = ranges.filter((range) => range === undefined).length;
	return { preflights, origins: [...origins], unrangedRequests, expired };
};

const damageHubFile: BrowserCommand<[damaged?: string]> = (_context, damaged) => {
	if (served === undefined) return;
	const { hub } = served;
	hub.bytesPerAddress = Infinity;
	hub.staleEvery = Infinity;
	hub.mischief = (name) => (name === damaged ? 'flip' : undefined);
	// Beyond the header, where damage would show at once.
	hub.random = () => 0.5;
};

const stopHub: BrowserCommand<[]> = async () => {
	await served?.[Symbol.asyncDispose]();
	served = undefined;
};

/** What tests in the browser may ask of Node. */
export const hubCommands = { serveHub, hubRecord, damageHubFile, stopHub };
