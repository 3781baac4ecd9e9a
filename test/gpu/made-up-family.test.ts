import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { generatePicture, type GeneratedPicture } from '../../src/pipeline/generate-picture.ts';
import { InstalledModel } from '../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../src/pipeline/loaded-model.ts';
import { measurePicture } from '../../src/pipeline/measure-picture.ts';
import type { PictureEvent } from '../../src/pipeline/picture-events.ts';
import { MOSAIC } from '../fixtures/families/mosaic/family.ts';
import { installMosaic } from '../fixtures/families/mosaic/install-mosaic.ts';
import { MemoryShardStore } from '../fixtures/memory-shard-store.ts';

const FAMILIES = [MOSAIC];
const SETTINGS = { prompt: 'blue tiles', seed: 5, width: 32, height: 16, steps: 2 };
describe('a family that src has never heard of', () => {
	const store = new MemoryShardStore();
	let context: GpuContext;
	let model: LoadedModel;

	beforeAll(async () => {
		await installMosaic(
			store,
			async (name) =>
				new Uint8Array(await (await fetch(`/models/demo/tokenizer/${name}`)).arrayBuffer()),
		);
		context = await GpuContext.open();
		// What the kernels compute is other tests' concern.
		const findRefused = () => Promise.resolve(new Map());
		const engine = await FusedBlockEngine.open(context, { findRefused });
		const installed = await InstalledModel.open('mosaic', store, FAMILIES);
		model = new LoadedModel(installed, engine);
	});
	afterAll(() => context[Symbol.dispose]());

	interface Drawn extends GeneratedPicture {
		readonly events: readonly PictureEvent[];
		/** Shards that were read for the sampling. */
		readonly read: readonly string[];
	}

	async function draw(
		change: { readonly guidanceScale?: number; readonly negativePrompt?: string } = {},
	): Promise<Drawn> {
		const settings = { ...SETTINGS, ...change };
		const events: PictureEvent[] = [];
		const read: string[] = [];
		const watched = Object.assign(Object.create(store) as MemoryShardStore, {
			open: (...[modelId, object]: Parameters<MemoryShardStore['open']>) => {
				if (object.name.startsWith('transformer/')) read.push(object.name);
				return store.open(modelId, object);
			},
		});
		const picture = await generatePicture(settings, {
			...{ context, model, store: watched, budgetBytes: 2e9 },
			needs: await measurePicture(model, settings),
			onEvent: (event) => events.push(event),
		});
		return { ...picture, events, read };
	}

	it('draws, stage by stage', async () => {
		const { events, rgba, measured } = await draw();
		expect(rgba).toHaveLength(32 * 16 * 4);
		expect(new Set(rgba).size).toBeGreaterThan(10);
		const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
		expect(stages).toEqual(['tokenise', 'encode', 'sample', 'decode']);
		// Four blocks, whichever of them run twice a step.
		expect(measured.plan.blocks).toBe(4);
	});

	it('reads each block once for both passes of guidance', async () => {
		const plain = await draw({ guidanceScale: 1 });
		const guided = await draw({ guidanceScale: 4, negativePrompt: 'red' });
		expect(plain.read.length).toBeGreaterThan(0);
		expect(guided.read).toEqual(plain.read);
		expect(guided.latent).not.toEqual(plain.latent);
	});

	it('is guided away from the negative prompt', async () => {
		const empty = await draw({ guidanceScale: 4 });
		const other = await draw({ guidanceScale: 4, negativePrompt: 'red' });
		const same = await draw({ guidanceScale: 4, negativePrompt: SETTINGS.prompt });
		const plain = await draw({ guidanceScale: 1 });
		expect(other.latent).not.toEqual(empty.latent);
		// Nothing to go away from.
		expect(same.latent).toEqual(plain.latent);
	});
});
