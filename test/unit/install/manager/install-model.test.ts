import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasCode } from '../../../../src/errors/app-error.ts';
import { findComponent } from '../../../../lab/find-component.ts';
import { buildModel } from '../../../../src/families/registry.ts';
import { CheckpointError, SourceChangedError } from '../../../../src/install/errors.ts';
import { installModel, repairModel } from '../../../../src/install/manager/install-model.ts';
import { Z_IMAGE_TURBO } from '../../../../src/families/z-image/published.ts';
import type { StreamSource } from '../../../../src/install/stream-source.ts';
import { StorageFullError } from '../../../../src/store/errors.ts';
import { manifestBytes, type ModelManifest } from '../../../../src/store/model-manifest.ts';
import { goldenTensors } from '../../../fixtures/golden-files.ts';
import {
	GOLDEN_CARD,
	goldenConfigs,
	goldenSource,
	goldenStream,
	memoryOptions,
	SILENT_LISTENER,
} from '../../../fixtures/golden-model.ts';
import type { MemoryShardStore } from '../../../fixtures/memory-shard-store.ts';
import { floats } from '../../../fixtures/read-safetensors.ts';
import { shardOf } from '../../../fixtures/shard-of.ts';
import { sparseSource } from '../../../fixtures/sparse-source.ts';

const DIFFUSERS = {
	transformer: 'dit-tiny.diffusers.safetensors',
	vae: 'vae-tiny.diffusers.safetensors',
} as const;
const COMFY = {
	transformer: 'dit-tiny.comfy.safetensors',
	vae: 'vae-tiny.original.safetensors',
} as const;

function shardsOf({ components }: ModelManifest) {
	const { text_encoder, transformer, vae } = components;
	return [...text_encoder.shards, ...transformer.shards, ...vae.shards];
}

function hashesOf(manifest: ModelManifest): Readonly<Record<string, string>> {
	return Object.fromEntries(shardsOf(manifest).map(({ name, sha256 }) => [name, sha256]));
}

/** What lies in the store has the hashes of the manifest. */
function expectStored(store: MemoryShardStore, manifest: ModelManifest): void {
	for (const { name, byteLength, sha256 } of shardsOf(manifest)) {
		const bytes = store.bytesOf(manifest.id, name);
		expect(bytes?.byteLength).toBe(byteLength);
		expect(
			createHash('sha256')
				.update(bytes ?? '')
				.digest('hex'),
		).toBe(sha256);
	}
}

/** Ends like a closed tab after some bytes. */
function cutStream(source: StreamSource, after: number): StreamSource {
	return {
		...source,
		async *open(byteOffset, signal) {
			for await (const piece of source.open(byteOffset, signal)) {
				if (byteOffset + piece.byteLength > after) throw new Error('the tab was closed');
				byteOffset += piece.byteLength;
				yield piece;
			}
		},
	};
}

afterEach(() => vi.unstubAllGlobals());

/** What an install that ends for want of room says that it needs still. */
async function neededBytesOf(install: Promise<unknown>): Promise<number> {
	const error: unknown = await install.catch((reason: unknown) => reason);
	return hasCode(error, 'storage-full') ? error.data.neededBytes : NaN;
}

describe('installModel', () => {
	it('makes the same shards of both layouts, and stores what the manifest says', async () => {
		const diffusers = memoryOptions();
		const comfy = memoryOptions();
		const a = await installModel(GOLDEN_CARD, goldenSource(DIFFUSERS), diffusers);
		const b = await installModel(GOLDEN_CARD, goldenSource(COMFY), comfy);
		expect(hashesOf(b)).toEqual(hashesOf(a));
		expectStored(diffusers.store, a);
		expectStored(comfy.store, b);
		expect(await diffusers.store.manifest('golden')).toEqual(a);
		expect(shardsOf(a).length).toBeGreaterThan(20);
	});

	it('makes the shards that whole tensors in memory make', async () => {
		const { components } = await installModel(GOLDEN_CARD, goldenSource(COMFY), memoryOptions());
		const transformer = findComponent(buildModel('z-image', goldenConfigs()), 'transformer');
		const weights = goldenTensors('dit-tiny.diffusers.safetensors');
		for (const [index, block] of transformer.blocks.entries()) {
			const { bytes, tensors } = shardOf(block, (name) => floats(weights, name));
			const shard = components.transformer.shards[index];
			const sha256 = createHash('sha256').update(bytes).digest('hex');
			expect(shard).toMatchObject({ block: block.id, sha256, tensors });
		}
	});

	it('goes on where it stopped, reading at most what came since the last shard again', async () => {
		const whole = await installModel(GOLDEN_CARD, goldenSource(COMFY), memoryOptions());
		const options = memoryOptions({ checkpointBytes: 2 ** 20 });
		let installed: ModelManifest | undefined;
		let bytesRead = 0;
		let largestRepeat = 0;
		const furthest = new Map<string, number>();
		for (let cut = 3_000_000; installed === undefined; cut += 3_000_000) {
			const source = goldenSource(COMFY, (name) => {
				const file = cutStream(goldenStream(name), cut);
				return {
					...file,
					async *open(byteOffset, signal) {
						if (byteOffset > 0) {
							const repeat = (furthest.get(name) ?? 0) - byteOffset;
							largestRepeat = Math.max(largestRepeat, repeat);
						}
						for await (const piece of file.open(byteOffset, signal)) {
							byteOffset += piece.byteLength;
							furthest.set(name, Math.max(byteOffset, furthest.get(name) ?? 0));
							bytesRead += piece.byteLength;
							yield piece;
						}
					},
				};
			});
			try {
				installed = await installModel(GOLDEN_CARD, source, options);
			} catch (error) {
				expect((error as Error).message).toBe('the tab was closed');
			}
		}
		expect(hashesOf(installed)).toEqual(hashesOf(whole));
		expectStored(options.store, installed);
		expect(bytesRead).toBeGreaterThan(0);
		const largestShard = Math.max(...shardsOf(whole).map(({ byteLength }) => byteLength));
		expect(largestRepeat).toBeLessThanOrEqual(largestShard);
	});

	it('starts a file anew that has changed, and says so', async () => {
		const whole = await installModel(GOLDEN_CARD, goldenSource(COMFY), memoryOptions());
		const changed: string[] = [];
		const options = memoryOptions({
			checkpointBytes: 2 ** 20,
			listener: { ...SILENT_LISTENER, sourceChanged: (file) => changed.push(file) },
		});
		const cut = goldenSource(COMFY, (name) => cutStream(goldenStream(name), 9_000_000));
		await expect(installModel(GOLDEN_CARD, cut, options)).rejects.toThrow('closed');
		const other = goldenSource(COMFY, (name) => ({ ...goldenStream(name), identity: 'other' }));
		const installed = await installModel(GOLDEN_CARD, other, options);
		expect(changed).toContain('dit-tiny.comfy.safetensors');
		expect(hashesOf(installed)).toEqual(hashesOf(whole));
		expectStored(options.store, installed);
	});

	it('refuses before the first tensor what the quota does not grant, and says what is needed', async () => {
		const options = memoryOptions();
		options.store.quotaBytes = 5_000_000;
		const install = installModel(GOLDEN_CARD, goldenSource(COMFY), options);
		await expect(install).rejects.toBeInstanceOf(StorageFullError);
		expect(await neededBytesOf(install)).toBeGreaterThan(10e6);
		expect(await options.journals.load('golden')).toBeUndefined();
	});

	it('begins to install 20 GB where the browser estimates that 10 GiB are left', async () => {
		// What Chrome answers every page, whatever the disk has.
		const storage = { estimate: async () => ({ quota: 10 * 2 ** 30, usage: 0 }) };
		vi.stubGlobal('navigator', { storage });
		const { card, configs } = Z_IMAGE_TURBO;
		const stopped = new AbortController();
		let bytesTotal = 0;
		const options = memoryOptions({
			signal: stopped.signal,
			listener: {
				...SILENT_LISTENER,
				progress(_file, bytesDone, total) {
					bytesTotal = total;
					if (bytesDone > 10e6) stopped.abort();
				},
			},
		});
		const install = installModel(card, sparseSource(card.family, configs), options);
		await expect(install).rejects.toMatchObject({ name: 'AbortError' });
		expect(bytesTotal).toBeGreaterThan(20e9);
		const journal = await options.journals.load(card.id);
		expect(journal?.installedBytes).toBeGreaterThan(20e9);
	});

	it('says what is still needed when the disk is full after all, and goes on when it is not', async () => {
		const whole = await installModel(GOLDEN_CARD, goldenSource(COMFY), memoryOptions());
		const shardBytes = shardsOf(whole).reduce((sum, { byteLength }) => sum + byteLength, 0);
		const options = memoryOptions({ checkpointBytes: 2 ** 20 });
		options.store.diskBytes = 12_000_000;
		const full = installModel(GOLDEN_CARD, goldenSource(COMFY), options);
		await expect(full).rejects.toBeInstanceOf(StorageFullError);
		const neededBytes = await neededBytesOf(full);
		// A tensor that came only half is needed whole.
		expect(neededBytes).toBeGreaterThan(shardBytes - 12e6);
		expect(neededBytes).toBeLessThan(shardBytes - 6e6);
		const kept = await options.journals.load('golden');
		expect(Object.keys(kept?.shards ?? {}).length).toBeGreaterThan(0);
		options.store.diskBytes = Infinity;
		const installed = await installModel(GOLDEN_CARD, goldenSource(COMFY), options);
		expect(hashesOf(installed)).toEqual(hashesOf(whole));
		expectStored(options.store, installed);
	});

	it('names the tensor of a value that FP16 cannot hold', async () => {
		const file = goldenStream('dit-tiny.diffusers.safetensors');
		const damaged: StreamSource = {
			...file,
			async *open(byteOffset, signal) {
				let at = byteOffset;
				for await (const piece of file.open(byteOffset, signal)) {
					const last = file.byteLength - 1 - at;
					// The upper byte of the last BF16 value: an exponent beyond FP16's.
					if (last < piece.byteLength) piece[last] = 0x7f;
					at += piece.byteLength;
					yield piece;
				}
			},
		};
		const source = goldenSource(DIFFUSERS, (name) =>
			name === file.name ? damaged : goldenStream(name),
		);
		const install = installModel(GOLDEN_CARD, source, memoryOptions());
		await expect(install).rejects.toBeInstanceOf(CheckpointError);
		await expect(install).rejects.toMatchObject({ data: { problem: 'tensor-value' } });
	});

	it('does not take a file that ends early for a whole one', async () => {
		const short = (name: string): StreamSource => {
			const file = goldenStream(name);
			return {
				...file,
				async *open(byteOffset, signal) {
					let at = byteOffset;
					for await (const piece of file.open(byteOffset, signal)) {
						if (at > 2_000_000) return;
						at += piece.byteLength;
						yield piece;
					}
				},
			};
		};
		const install = installModel(GOLDEN_CARD, goldenSource(COMFY, short), memoryOptions());
		await expect(install).rejects.toBeInstanceOf(SourceChangedError);
	});

	it('makes damaged shards again, and reads no more than their tensors', async () => {
		const options = memoryOptions();
		const manifest = await installModel(GOLDEN_CARD, goldenSource(COMFY), options);
		const damaged = ['transformer/layers.1.bin', 'tokenizer/tokenizer.json'];
		await options.store.delete('golden', { name: 'transformer/layers.1.bin', byteLength: 0 });
		options.store.bytesOf('golden', 'tokenizer/tokenizer.json')?.fill(0);
		let bytesRead = 0;
		const source = goldenSource(DIFFUSERS, (name) => {
			const file = goldenStream(name);
			return {
				...file,
				async *open(byteOffset, signal) {
					for await (const piece of file.open(byteOffset, signal)) {
						bytesRead += piece.byteLength;
						yield piece;
					}
				},
			};
		});
		const told: (readonly [bytesDone: number, bytesTotal: number])[] = [];
		const listener = {
			...SILENT_LISTENER,
			progress: (_: string, ...bytes: readonly [number, number]) => void told.push(bytes),
		};
		await repairModel(manifest, damaged, source, { ...options, listener });
		expectStored(options.store, manifest);
		// Of the source, from nothing to everything, without a step back and without more than there is.
		const [, bytesTotal = 0] = told.at(-1) ?? [];
		expect(told.map(([, total]) => total)).toEqual(told.map(() => bytesTotal));
		const done = told.map(([bytesDone]) => bytesDone);
		expect(done).toEqual([...done].sort((a, b) => a - b));
		expect(done.at(-1)).toBe(bytesTotal);
		expect(bytesTotal).toBeGreaterThan(0);
		expect(bytesTotal).toBeLessThanOrEqual(bytesRead);
		expect(bytesRead).toBeLessThan(manifestBytes(manifest) / 2);
	});
});
