import { describe, expect, test } from 'vitest';
import type { Adapter, AdapterModule } from '../../../src/adapters/adapter.ts';
import type { AdapterHeader } from '../../../src/adapters/adapter-header.ts';
import { matchAdapter } from '../../../src/adapters/match-adapter.ts';
import { readAdapter } from '../../../src/adapters/read-adapter.ts';
import { targetTable } from '../../../src/adapters/target-table.ts';
import { changedWeights, type Misreading, withModules } from '../../fixtures/changed-weights.ts';
import {
	ADAPTER_GOLDENS,
	goldenAdapter,
	TINY_TRANSFORMER,
} from '../../fixtures/golden-adapters.ts';
import { goldenBytes, goldenTensors } from '../../fixtures/golden-files.ts';
import { floats, readSafetensors } from '../../fixtures/read-safetensors.ts';
import { ReferenceRunner, type Weights } from '../../fixtures/reference-runner.ts';
import { relativeL2 } from '../../fixtures/relative-l2.ts';
import { setup as makeGoldenWeights } from '../../setup/make-golden-weights.ts';

makeGoldenWeights();
const TABLE = targetTable(TINY_TRANSFORMER);
const INPUTS = goldenTensors('dit-tiny.golden.safetensors');
const EXPECTED = goldenTensors('dit-tiny.lora.golden.safetensors');
const BASE: Weights = new Map(
	Array.from(
		readSafetensors(goldenBytes('dit-tiny.diffusers.safetensors').buffer),
		([name, { data }]) => [name, Float32Array.from(data as Float32Array)],
	),
);
const TOLERANCE = 1e-5;
/** The goldens give their distances with three digits. */
const DISTANCE_TOLERANCE = 0.01;

interface Reading {
	readonly header?: (header: AdapterHeader) => AdapterHeader;
	readonly alphas?: 'ignored';
	readonly module?: (module: AdapterModule) => AdapterModule | undefined;
	readonly wrong?: Misreading;
}

type Outputs = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** The block outputs and `out` of a case, if its files are read so. */
async function forward(name: string, reading: Reading = {}): Promise<Outputs> {
	const { header: edit = (header) => header, module = (same) => same } = reading;
	const uses = [];
	for (const { adapter: file, strength } of ADAPTER_GOLDENS.cases[name].adapters) {
		const { header, reader } = goldenAdapter(file);
		const read: Adapter =
			reading.alphas === 'ignored'
				? matchAdapter(edit(header), TABLE)
				: await readAdapter(edit(header), TABLE, reader);
		uses.push({ adapter: withModules(read, module), reader, strength });
	}
	return run(await changedWeights(BASE, uses, reading.wrong));
}

async function run(weights: Weights): Promise<Outputs> {
	const runner = new ReferenceRunner(TINY_TRANSFORMER, weights);
	const caption = { values: floats(INPUTS, 'cap'), tokens: INPUTS.get('cap')?.shape[0] ?? 0 };
	const conditionings = await TINY_TRANSFORMER.refine([caption]).run(runner);
	const [, height, width] = INPUTS.get('latent')?.shape ?? [];
	const times = [{ time: floats(INPUTS, 't')[0], passes: 1 }];
	const denoising = TINY_TRANSFORMER.prepare({ height, width }, conditionings, times);
	const evaluator = await denoising.open(runner);
	const [out] = await evaluator.predict(floats(INPUTS, 'latent'), 0);
	return runner.observed.set('out', Float32Array.from(out));
}

/** Goldens of all cases but one hold every 8th row of a block's output. */
function rowsAsIn(expected: readonly number[], values: Float32Array): Float32Array {
	const columns = expected.at(-1) ?? 1;
	const step = values.length / expected.reduce((product, extent) => product * extent, 1);
	if (step === 1) return values;
	return values.filter((_, i) => Math.floor(i / columns) % step === 0);
}

describe.each(Object.keys(ADAPTER_GOLDENS.cases))('%s', (name) => {
	test('changes the weights as the official code draws with them', async () => {
		const outputs = await forward(name);
		const errors: Record<string, number> = {};
		for (const [key, { shape }] of EXPECTED) {
			const output = outputs.get(key.slice(name.length + 1));
			if (!key.startsWith(`${name}/`) || output === undefined) continue;
			errors[key] = relativeL2(rowsAsIn(shape, output), floats(EXPECTED, key));
		}
		expect(Object.keys(errors).length).toBeGreaterThanOrEqual(7);
		expect(Object.entries(errors).filter(([, error]) => !(error <= TOLERANCE))).toEqual([]);
	});
});

const without = (unwanted: RegExp) => (module: AdapterModule) =>
	module.targets.some(({ tensor }) => unwanted.test(tensor)) ? undefined : module;

/** Only the keys that fit, or only the others. */
const onlyKeys =
	(wanted: (key: string) => boolean) =>
	({ tensors, metadata }: AdapterHeader): AdapterHeader => ({
		tensors: new Map([...tensors].filter(([key]) => wanted(key))),
		metadata,
	});

const READINGS: Readonly<Record<string, Reading>> = {
	'header metadata ignored (scale 1)': { header: (header) => ({ ...header, metadata: new Map() }) },
	'use_rslora ignored': {
		header: ({ tensors, metadata }) => ({
			tensors,
			metadata: new Map(
				Array.from(metadata, ([key, value]) => [
					key,
					value.replace('"transformer.use_rslora"', '""'),
				]),
			),
		}),
	},
	'alpha ignored (comfy-fused)': { alphas: 'ignored' },
	'alpha ignored (kohya)': { alphas: 'ignored' },
	'alpha ignored (lokr)': { alphas: 'ignored' },
	'alpha ignored (loha)': { alphas: 'ignored' },
	'rows of fused qkv read as k,q,v': {
		module: (module) => {
			const [q, k, v] = module.targets;
			if (v === undefined) return module;
			const swapped = [
				{ ...q, firstRow: k.firstRow },
				{ ...k, firstRow: q.firstRow },
			];
			return { ...module, targets: [...swapped, v] };
		},
	},
	'Kronecker factors swapped': {
		module: (module) => {
			const { change } = module;
			if (change.kind !== 'kronecker') return module;
			return { ...module, change: { ...change, w1: change.w2, w2: change.w1 } };
		},
	},
	'magnitudes ignored': { module: (module) => ({ ...module, magnitude: undefined }) },
	'per-output norm of W0 instead of W0+dW (what ComfyUI does)': { wrong: { normOfBase: true } },
	'strength inside the norm (what PEFT does)': { wrong: { strengthInside: true } },
	'per-input norm of q, k, v one by one for a fused qkv': { wrong: { normPerTarget: true } },
	'per-input magnitude of a square matrix read as per-output': {
		module: (module) => {
			const { magnitude, rows, columns } = module;
			if (magnitude?.per !== 'input' || rows !== columns) return module;
			return { ...module, magnitude: { ...magnitude, per: 'output' } };
		},
	},
	'refiners skipped': { module: without(/refiner/) },
	'adaLN skipped': { module: without(/adaLN/) },
	'biases skipped': { module: without(/\.bias$/) },
	'norms skipped': { module: without(/norm/) },
	'dora computed on weights that other adapters changed first': { wrong: { inSequence: true } },
};

describe.each(Object.entries(ADAPTER_GOLDENS.wrong_readings))('%s', (reading, golden) => {
	test('is as far off as the golden says', async () => {
		const right = floats(EXPECTED, `${golden.case}/out`);
		let out: Float32Array | undefined;
		if (reading === 'fused and separate copies both applied') {
			const { header, reader } = goldenAdapter('twice');
			const isFused = (key: string) => /qkv|attention_out\./.test(key);
			const both = [onlyKeys(isFused), onlyKeys((key) => !isFused(key))];
			const uses = [];
			for (const only of both) {
				const adapter = await readAdapter(only(header), TABLE, reader);
				uses.push({ adapter, reader, strength: 0.8 });
			}
			out = (await run(await changedWeights(BASE, uses))).get('out');
		} else out = (await forward(golden.case, READINGS[reading])).get('out');
		const distance = relativeL2(out ?? new Float32Array(), right);
		expect(Math.abs(distance / golden.rel_l2_of_out - 1)).toBeLessThan(DISTANCE_TOLERANCE);
	});
});
