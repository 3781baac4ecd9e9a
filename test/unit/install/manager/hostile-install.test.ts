import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayFailure } from '../../../../cli/say-failure.ts';
import { installModel } from '../../../../src/install/manager/install-model.ts';
import { openPublished } from '../../../../src/install/sources/open-published.ts';
import type { RetryPolicy } from '../../../../src/install/sources/http/retry-policy.ts';
import type { PublishedModel } from '../../../../src/families/parts/published-model.ts';
import { manifestObjects, type ModelManifest } from '../../../../src/store/model-manifest.ts';
import { GOLDEN_CARD, memoryOptions } from '../../../fixtures/golden-model.ts';
import type { MemoryShardStore } from '../../../fixtures/memory-shard-store.ts';
import { HostileServer } from '../../../fixtures/hostile-server.ts';
import { HubServer } from '../../../fixtures/hub-server.ts';
import { MISCHIEFS, type Mischief, seededRandom } from '../../../fixtures/mischief.ts';
import { pinnedFile } from '../../../fixtures/pinned-file.ts';
import { tinyCheckpoint } from '../../../fixtures/tiny-checkpoint.ts';

/** Less than most of the files have: what is signed expires on the way. */
const BYTES_PER_ADDRESS = 60_000;
/** What a session may end with; anything else is a bug. */
const CLEAR_ERRORS = ['checkpoint', 'download', 'integrity', 'storage-full'];

const { files, configs } = tinyCheckpoint();
/** Of the server that a test talks to. */
let baseUrl = '';
const published = (path: string) => pinnedFile(path, files.get(path) ?? new Uint8Array());

const repository = { repository: 'owner/name', revision: 'commit' };
const weights = {
	transformer: [published('transformer-1.safetensors'), published('transformer-2.safetensors')],
	text_encoder: [published('text_encoder.safetensors')],
	vae: [published('vae.safetensors')],
};
const MODEL: PublishedModel = {
	card: GOLDEN_CARD,
	downloads: [{ id: 'comfy', publisher: 'comfy', dtype: 'BF16', ...repository, weights }],
	tokenizers: {
		tokenizer: {
			...repository,
			vocabulary: published('tokenizer.json'),
			config: published('tokenizer_config.json'),
		},
	},
	configs,
};

/** Far beyond what a busy machine takes to answer, and short enough for a test that waits for it often. */
const PATIENCE = { fair: 20_000, hostile: 60 };

function policy(random: () => number, patience: keyof typeof PATIENCE): RetryPolicy {
	return {
		attempts: 4,
		firstWaitMilliseconds: 1,
		longestWaitMilliseconds: 2,
		stallMilliseconds: PATIENCE[patience],
		smallFileMilliseconds: PATIENCE.fair,
		random,
		wait: async (_milliseconds, signal) => signal?.throwIfAborted(),
	};
}

type Options = ReturnType<typeof memoryOptions>;

/** One session: opens the source and installs, as after a reload. */
async function session(
	random: () => number,
	options: Options,
	patience: keyof typeof PATIENCE = 'fair',
): Promise<ModelManifest> {
	const source = await openPublished(MODEL, 'comfy', baseUrl, { policy: policy(random, patience) });
	return installModel(GOLDEN_CARD, source, options);
}

function expectStored(store: MemoryShardStore, manifest: ModelManifest): void {
	for (const { name, sha256 } of manifestObjects(manifest)) {
		const bytes = store.bytesOf(manifest.id, name);
		expect(
			createHash('sha256')
				.update(bytes ?? '')
				.digest('hex'),
		).toBe(sha256);
	}
}

/** How an install ends if every answer is wrong in the same way. */
type Lasting = readonly (readonly [Mischief, string])[];

const LASTING: Lasting = [
	...([
		['cut', 'installed'],
		['stall', 'installed'],
		['overlong', 'installed'],
		['wrong-etag', 'installed'],
	] as const),
	...([
		['ignore-range', 'installed'],
		['short-length', 'download'],
		['mute', 'download'],
		['503', 'download'],
	] as const),
	...([
		['416', 'download'],
		['reset', 'download'],
		['html', 'download'],
		['flip', 'integrity'],
	] as const),
];

interface Place {
	readonly runs: number;
	readonly open: () => HostileServer | HubServer;
	readonly lasting: Lasting;
}

const PLACES: Readonly<Record<string, Place>> = {
	'a server that says what it sends': {
		runs: 200,
		open: () => new HostileServer(files),
		lasting: [
			...LASTING,
			['wrong-offset', 'installed'],
			['from-start', 'installed'],
			['other-total', 'download'],
		],
	},
	'a hub that sends bytes only': {
		runs: 100,
		open: () => {
			const hub = new HubServer((name) => files.get(name), { tells: false });
			hub.bytesPerAddress = BYTES_PER_ADDRESS;
			hub.staleEvery = 5;
			return hub;
		},
		lasting: [
			...LASTING,
			['wrong-offset', 'integrity'],
			['from-start', 'integrity'],
			['other-total', 'installed'],
		],
	},
};

describe.each(Object.entries(PLACES))('an install from %s', (_what, { open, runs, lasting }) => {
	const server = open();
	let reference: ModelManifest;

	beforeAll(async () => {
		baseUrl = await server.start();
		reference = await session(Math.random, memoryOptions());
	});
	afterAll(() => server.stop());

	it(`ends installed or with a clear error, and a retry completes it (${runs} seeded runs)`, async () => {
		const endings = new Map<string, number>();
		for (let seed = 1; seed <= runs; seed++) {
			const random = seededRandom(seed);
			server.random = random;
			const share = random() * 0.7;
			server.mischief = () =>
				random() < share ? MISCHIEFS[Math.floor(random() * MISCHIEFS.length)] : undefined;
			const options = memoryOptions({ checkpointBytes: 20_000 });
			if (random() < 0.3) options.store.diskBytes = Math.floor(random() * 1_500_000);
			let manifest: ModelManifest | undefined;
			let ending = 'installed';
			try {
				manifest = await session(random, options, 'hostile');
			} catch (error) {
				if (!(error instanceof Error)) throw error;
				ending = error.name;
				expect(CLEAR_ERRORS, `seed ${seed}: ${error.stack}`).toContain(error.name);
				expect(sayFailure(error)).toMatch(/\. \S/);
				expect(await options.store.manifest(GOLDEN_CARD.id)).toBeUndefined();
			}
			endings.set(ending, (endings.get(ending) ?? 0) + 1);
			// The next start, on a better day.
			server.mischief = () => undefined;
			options.store.diskBytes = Infinity;
			// A flipped byte shows at the end of its file: that file comes again with the start after.
			for (let attempt = 0; manifest === undefined && attempt < 3; attempt++) {
				manifest = await session(random, options).catch((error: unknown) => {
					expect(error).toMatchObject({ name: 'integrity' });
					return undefined;
				});
			}
			expect(manifest, `seed ${seed}, after ${ending}`).toEqual(reference);
			if (manifest !== undefined) expectStored(options.store, manifest);
		}
		console.log(JSON.stringify(Object.fromEntries(endings)));
		expect(endings.get('installed')).toBeGreaterThan(0);
		expect(endings.size).toBeGreaterThan(3);
	}, 240_000);

	it.each(lasting)('whose every answer is wrong by %s: %s', async (mischief, ending) => {
		server.random = seededRandom(7);
		server.mischief = () => mischief;
		// Only silence needs the short patience, which a busy machine may try without it.
		const isSilent = mischief === 'stall' || mischief === 'mute';
		const patience = isSilent ? 'hostile' : 'fair';
		const result = session(server.random, memoryOptions(), patience).then(
			() => 'installed',
			(error: unknown) => (error instanceof Error ? error.name : error),
		);
		const name = await result;
		if (ending === 'installed') expect(['installed', 'download']).toContain(name);
		else expect(['checkpoint', ending]).toContain(name);
	});
});

it('a hub that sends files from the start only, and does not say so, costs a try and not the model', async () => {
	const hub = new HubServer((name) => files.get(name), { tells: false });
	baseUrl = await hub.start();
	const options = memoryOptions({ checkpointBytes: 20_000 });
	const attempt = () =>
		session(Math.random, options).then(
			() => 'installed',
			(error: unknown) => (error instanceof Error ? error.name : error),
		);
	// Something has to have come before.
	options.store.diskBytes = 50_000;
	expect(await attempt()).toBe('storage-full');
	options.store.diskBytes = Infinity;
	const journal = await options.journals.load(GOLDEN_CARD.id);
	expect(journal?.files['text_encoder.safetensors']?.byteOffset).toBeGreaterThan(0);
	hub.mischief = () => 'from-start';
	expect(await attempt()).toBe('integrity');
	expect(await attempt()).toBe('installed');
	await hub.stop();
});
