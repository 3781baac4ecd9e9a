import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayFailure } from '../../../../cli/say-failure.ts';
import { isAppError } from '../../../../src/errors/app-error.ts';
import { PlannedGraph } from '../../../../src/gpu/fused/plan/planned-graph.ts';
import { planFusedRun } from '../../../../src/gpu/fused/run/plan-fused-run.ts';
import { installShards } from '../../../../src/install/manager/install-shards.ts';
import type { RetryPolicy } from '../../../../src/install/sources/http/retry-policy.ts';
import { openShardFolder } from '../../../../src/install/sources/open-shard-folder.ts';
import { InstalledModel } from '../../../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../../../src/pipeline/loaded-model.ts';
import { measurePicture } from '../../../../src/pipeline/measure-picture.ts';
import { H100 } from '../../../fixtures/full-size-model.ts';
import { memoryOptions } from '../../../fixtures/golden-model.ts';
import {
	FOLDER_CASES,
	HARMLESS_FOLDERS,
	WRONG_SHARDS,
} from '../../../fixtures/hostile-folders/folder-cases.ts';
import { HostileFolderServer } from '../../../fixtures/hostile-folders/hostile-folder-server.ts';
import { HTTP_CASES } from '../../../fixtures/hostile-folders/http-cases.ts';

const ID = 'z-image-turbo';
const SHARD = /\.bin$/;

const server = new HostileFolderServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

/** Patient where an answer comes, short of patience where none does. */
const POLICY: RetryPolicy = {
	...{ attempts: 4, firstWaitMilliseconds: 1, longestWaitMilliseconds: 2, random: () => 0 },
	...{ stallMilliseconds: 20_000, smallFileMilliseconds: 20_000 },
	wait: async (_milliseconds, signal) => signal?.throwIfAborted(),
};
const IMPATIENT: RetryPolicy = { ...POLICY, smallFileMilliseconds: 200 };

/** What the manager of installs does. */
async function install(name: string, policy = POLICY): Promise<ReturnType<typeof memoryOptions>> {
	const options = memoryOptions({ keptSource: { type: 'shards', url: server.url(name) } });
	const http = { policy };
	const manifest = await openShardFolder(server.url(name), http);
	if (manifest.id === ID) {
		await installShards(server.url(name), manifest, { ...options, http });
	}
	return options;
}

async function refusal(name: string, policy?: RetryPolicy): Promise<string> {
	server.asked.length = 0;
	try {
		await install(name, policy);
	} catch (error) {
		if (!isAppError(error)) throw error;
		return sayFailure(error);
	}
	throw new Error(`${name} was installed`);
}

const cases = Object.keys(FOLDER_CASES).filter((name) => name !== 'id-other');
const refused = cases.filter((name) => !HARMLESS_FOLDERS.includes(name));

describe('a hostile folder', () => {
	it.each(refused)('%s is refused in words, before the first shard', async (name) => {
		expect(await refusal(name)).toMatch(/\(.+\)|: .+|“.+”/);
		const shards = server.asked.filter((path) => SHARD.test(path));
		if (!WRONG_SHARDS.includes(name)) expect(shards).toEqual([]);
	});

	it.each(HARMLESS_FOLDERS)('%s is installed, reads any prompt and is planned', async (name) => {
		const { store } = await install(name);
		const installed = await InstalledModel.open(ID, store);
		for (const prompt of ['', 'a red heart', 'a'.repeat(5000), '\u202E\u0000 \ud800 日 🙂']) {
			expect(installed.tokenize(prompt).tokens).toBeGreaterThan(0);
		}
		const model = new LoadedModel(installed, {
			load: () => Promise.reject(new Error('Nothing runs here')),
			scratchBytes: (graph, run) => planFusedRun(new PlannedGraph(graph), run, H100).scratchBytes,
			fallbackReason: () => undefined,
			prepare: () => undefined,
		});
		const needs = await measurePicture(model, { width: 256, height: 256, steps: 2 });
		expect(needs.turns.length).toBeGreaterThan(3);
	});
});

describe('a server that does not answer as servers do', () => {
	it.each(Object.keys(HTTP_CASES))('%s ends in words', async (name) => {
		expect(await refusal(name, IMPATIENT)).toMatch(/\(.+\)/);
	});

	it('is told what it answered, where it answers again and again', async () => {
		const policy: RetryPolicy = {
			...IMPATIENT,
			wait: (_milliseconds, signal) =>
				new Promise((_resolve, reject) => {
					signal?.addEventListener('abort', () => reject(signal.reason as Error));
				}),
		};
		expect(await refusal('http-retry-after-forever', policy)).toContain('503');
	});
});
