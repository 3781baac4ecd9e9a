import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leavesEngineUsable } from '../../../src/errors/app-error.ts';
import { FusedBlockEngine } from '../../../src/gpu/fused/fused-block-engine.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { PictureHistory } from '../../../src/history/picture-history.ts';
import { sha256 } from '../../../src/install/hash/sha256.ts';
import { generatePicture, type GeneratedPicture } from '../../../src/pipeline/generate-picture.ts';
import { InstalledModel } from '../../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../../src/pipeline/loaded-model.ts';
import { measurePicture } from '../../../src/pipeline/measure-picture.ts';
import { manifestObjects } from '../../../src/store/model-manifest.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { installDemo } from '../install-demo.ts';
import {
	ERROR_OF,
	FAULT_KINDS,
	injectFault,
	MAY_COME_TOO_LATE,
	type InjectedFault,
	momentsOf,
	type PictureTrace,
} from './injected-faults.ts';

const FAULTS = 200;
/** Faults after which a picture is drawn without any. */
const FAULTS_A_PICTURE = 4;
const SEED = 20261125;
const RECIPE = { prompt: 'a red circle', seed: 7, width: 32, height: 32, steps: 1 };
const BUDGET_BYTES = 2e9;

/** What the page's engine has of a GPU, thrown away after an error that may have harmed it. */
interface OpenEngine {
	readonly context: GpuContext;
	readonly engine: FusedBlockEngine;
}

describe(`${FAULTS} faults at random points of pictures`, () => {
	const store = new PlacedShardStore();
	const history = new PictureHistory({ appVersion: '0', name: `faults-${crypto.randomUUID()}` });
	const unhandled: unknown[] = [];
	const hear = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
	let installed: InstalledModel;
	let open: OpenEngine | undefined;

	beforeAll(async () => {
		window.addEventListener('unhandledrejection', hear);
		await installDemo();
		installed = await InstalledModel.open('demo', store);
	});
	afterAll(() => {
		window.removeEventListener('unhandledrejection', hear);
		open?.context[Symbol.dispose]();
	});

	async function openEngine(): Promise<OpenEngine> {
		const context = await GpuContext.open();
		// What the kernels compute is other tests' concern.
		const findRefused = () => Promise.resolve(new Map());
		return { context, engine: await FusedBlockEngine.open(context, { findRefused }) };
	}

	/** Generate, as the page's engine does it: on a GPU of its own, rebuilt after a harmful error. */
	async function generate(
		fault?: InjectedFault,
	): Promise<{ readonly picture: GeneratedPicture; readonly trace: PictureTrace }> {
		const { context, engine } = (open ??= await openEngine());
		const abort = new AbortController();
		const target = { context, store, abort, onBlock: () => undefined };
		const { trace, store: watched } = injectFault(target, fault);
		try {
			const model = new LoadedModel(installed, engine);
			const picture = await generatePicture(RECIPE, {
				context,
				store: watched,
				model,
				needs: await measurePicture(model, RECIPE),
				budgetBytes: BUDGET_BYTES,
				signal: abort.signal,
				onEvent: ({ type }) => {
					if (type === 'block') target.onBlock();
				},
			});
			await model.dispose();
			return { picture, trace };
		} catch (error) {
			if (!leavesEngineUsable(error)) {
				open = undefined;
				context[Symbol.dispose]();
			}
			throw error;
		} finally {
			expectGivenBack(context);
		}
	}

	it('each end in the picture or in an error that names them; the next Generate draws the picture, and nothing is lost', async () => {
		const { picture: expected } = await generate();
		const { trace } = await generate();
		const random = mulberry32(SEED);
		const struck = new Map<string, number>();
		const started = performance.now();
		for (let index = 0; index < FAULTS; index++) {
			const kind = FAULT_KINDS[Math.floor(random() * FAULT_KINDS.length)] ?? FAULT_KINDS[0];
			const at = 1 + Math.floor(random() * momentsOf(kind, trace));
			const where = `${index}: ${kind} at ${at} of ${momentsOf(kind, trace)}`;
			const end = await generate({ kind, at }).then(
				({ picture }) => picture.rgba,
				(reason: unknown) => (reason instanceof Error ? reason.name : reason),
			);
			const isDrawn = end instanceof Uint8ClampedArray && MAY_COME_TOO_LATE.has(kind);
			expect(end, where).toEqual(isDrawn ? expected.rgba : (ERROR_OF[kind] ?? expected.rgba));
			struck.set(kind, (struck.get(kind) ?? 0) + 1);

			if (index % FAULTS_A_PICTURE > 0) continue;
			const { picture } = await generate();
			expect(picture.rgba, where).toEqual(expected.rgba);
			await history.add(await kept(picture));
			expect(await history.ids(), where).toHaveLength(1 + index / FAULTS_A_PICTURE);
		}
		const seconds = (performance.now() - started) / 1000;
		console.log(`${FAULTS} faults in ${seconds.toFixed(0)} s:`, Object.fromEntries(struck));
		expect(struck.size).toBe(FAULT_KINDS.length);
		expect(unhandled).toEqual([]);
		await expectStoreIntact();
	}, 600_000);

	async function expectStoreIntact(): Promise<void> {
		const manifest = await store.manifest('demo');
		if (manifest === undefined) throw new Error('The manifest is gone');
		for (const file of manifestObjects(manifest)) {
			const reader = await store.open('demo', file);
			const bytes = new Uint8Array(file.byteLength);
			await reader.read(0, bytes);
			reader.close();
			expect(await sha256(bytes), file.name).toBe(file.sha256);
		}
	}
});

function expectGivenBack({ ledger }: GpuContext): void {
	for (const category of ['weights', 'widened', 'activations', 'staging'] as const) {
		expect(ledger.bytesOf(category), category).toBe(0);
	}
}

async function kept(picture: GeneratedPicture) {
	const canvas = new OffscreenCanvas(RECIPE.width, RECIPE.height);
	canvas
		.getContext('2d')
		?.putImageData(new ImageData(picture.rgba, RECIPE.width, RECIPE.height), 0, 0);
	const { promptTokens, peakWeightBytes, stageMilliseconds, peakGpuBytes, bytesRead } =
		picture.measured;
	return {
		recipe: RECIPE,
		model: { id: 'demo', revision: '1' },
		report: {
			...{ promptTokens, peakWeightBytes, stageMilliseconds, peakGpuBytes, bytesRead },
			totalMilliseconds: 1,
		},
		png: await canvas.convertToBlob({ type: 'image/png' }),
	};
}

/** Uniform in [0, 1). Source: the public-domain generator of that name by Tommy Ettinger. */
function mulberry32(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
