import { describe, expect, test } from 'vitest';
import { adapterStems } from '../../../src/adapters/adapter-stems.ts';
import { flatten, readKey } from '../../../src/adapters/key-role.ts';
import { matchAdapter } from '../../../src/adapters/match-adapter.ts';
import { targetTable } from '../../../src/adapters/target-table.ts';
import {
	ADAPTER_GOLDENS,
	FULL_SIZE_TABLE,
	goldenAdapter,
	headerOf,
	TINY_TRANSFORMER,
} from '../../fixtures/golden-adapters.ts';
import { hasCode } from '../../../src/errors/app-error.ts';

const Q = 'diffusion_model.layers.0.attention.to_q';
const FULL_LORA = { [`${Q}.lora_A.weight`]: [4, 3840], [`${Q}.lora_B.weight`]: [3840, 4] };

/** What is wrong with a file, by the error that it is refused with. */
function fault(run: () => unknown): unknown {
	try {
		run();
	} catch (error) {
		if (hasCode(error, 'adapter')) return error.data;
		throw error;
	}
	throw new Error('nothing was refused');
}

describe('a key of the full-size model', () => {
	test.each(ADAPTER_GOLDENS.names.map((name) => [name.key, name] as const))('%s', (key, name) => {
		const read = readKey(key);
		if ('is' in name) {
			const isKnown = read.kind === 'module' && FULL_SIZE_TABLE.has(flatten(read.path));
			const is = read.kind === 'text encoder' ? read.kind : 'unused';
			expect(isKnown).toBe(false);
			expect(is).toBe(name.is);
		} else if (read.kind === 'module') {
			const entry = FULL_SIZE_TABLE.get(flatten(read.path));
			const isBias = read.role === 'bias difference';
			const targets = isBias ? [entry?.bias] : entry?.targets;
			expect(read.role).toBe(name.role);
			expect(targets?.map((target) => target?.tensor)).toEqual(name.tensors);
		} else expect(read.kind).toBe('module');
	});
});

test('names of the table stand for one tensor each: flattening loses nothing of 521 tensors', () => {
	const official = [...FULL_SIZE_TABLE.values()].filter(({ isOfficial }) => isOfficial);
	const biases = official.filter(({ bias }) => bias !== undefined);
	expect(official.length + biases.length).toBe(521);
});

describe.each(Object.entries(ADAPTER_GOLDENS.adapters))('golden file %s', (name, golden) => {
	test('is reported as the golden says', () => {
		const { report } = matchAdapter(goldenAdapter(name).header, targetTable(TINY_TRANSFORMER));
		expect(report.targets).toEqual(golden.targets);
		expect(report.unused).toEqual(golden.unused);
		expect(report.textEncoder).toEqual(golden.text_encoder);
		expect(report.duplicates).toEqual(golden.duplicates);
		expect(report.wrongSizes).toEqual([]);
	});
});

describe('a file of another model is named', () => {
	const cases = ADAPTER_GOLDENS.foreign.map(
		({ model, tensors }, at) => [at, model, tensors] as const,
	);
	test.each(cases)('%i: %s', (_at, model, tensors) => {
		const found = fault(() => matchAdapter(headerOf(tensors), FULL_SIZE_TABLE));
		const data: unknown =
			model === 'a ControlNet for Z-Image'
				? { problem: 'controlnet' }
				: model === 'a whole model, not an adapter'
					? { problem: 'whole', what: 'model' }
					: model === 'unknown'
						? { problem: 'unknown-model' }
						: { problem: 'other-model', made: model };
		expect(found).toEqual(data);
	});

	test('by its width, if its names fit', () => {
		const tensors = { [`${Q}.lora_A.weight`]: [4, 3072], [`${Q}.lora_B.weight`]: [3072, 4] };
		const found = fault(() => matchAdapter(headerOf(tensors), FULL_SIZE_TABLE));
		expect(found).toMatchObject({ problem: 'other-width', width: 3072 });
	});

	test('by its metadata, if nothing else tells', () => {
		const unknown = { 'foo.bar.lora_A.weight': [4, 100] };
		const refused = (made: string) =>
			fault(() =>
				matchAdapter(
					headerOf(unknown, { metadata: { ss_base_model_version: made } }),
					FULL_SIZE_TABLE,
				),
			);
		expect(refused('chroma')).toMatchObject({ problem: 'other-model', made: 'chroma' });
		expect(refused('z_image')).toMatchObject({
			problem: 'unknown-modules',
			key: 'foo.bar.lora_A.weight',
		});
	});
});

test('a file that fits partly is taken, and says what is left out', () => {
	const header = headerOf({
		...FULL_LORA,
		'diffusion_model.layers.1.attention.to_q.lora_A.weight': [4, 3840],
		'diffusion_model.layers.2.attention.to_q.lora_A.weight': [4, 3000],
		'diffusion_model.layers.2.attention.to_q.lora_B.weight': [3840, 4],
		'diffusion_model.layers.3.attention.to_q.oft_blocks': [4, 8, 8],
		'diffusion_model.layers.4.attention.to_q.alpha': [],
		'lora_te_layers_0_self_attn_q_proj.lora_down.weight': [4, 2560],
		'something else': [1],
	});
	expect(matchAdapter(header, FULL_SIZE_TABLE).report).toEqual({
		used: 1,
		modules: 5,
		targets: ['layers.0.attention.to_q.weight'],
		unused: [
			'diffusion_model.layers.1.attention.to_q.lora_A.weight',
			'diffusion_model.layers.3.attention.to_q.oft_blocks',
			'diffusion_model.layers.4.attention.to_q.alpha',
			'something else',
		],
		textEncoder: ['lora_te_layers_0_self_attn_q_proj.lora_down.weight'],
		duplicates: [],
		wrongSizes: ['diffusion_model.layers.2.attention.to_q'],
		kinds: ['lora'],
		ranks: { least: 4, most: 4 },
		rounded: 0,
	});
});

test('a quantised file is refused by its type', () => {
	const found = fault(() => matchAdapter(headerOf(FULL_LORA, { dtype: 'I8' }), FULL_SIZE_TABLE));
	expect(found).toMatchObject({ problem: 'quantised', dtype: 'I8' });
});

test('an alpha that is no number is refused by its name', () => {
	const header = headerOf({ ...FULL_LORA, [`${Q}.alpha`]: [] });
	const alphas = new Map([[`${Q}.alpha`, NaN]]);
	const found = fault(() => matchAdapter(header, FULL_SIZE_TABLE, alphas));
	expect(found).toEqual({ problem: 'not-a-number', tensor: `${Q}.alpha` });
});

test('a core of a Tucker decomposition leaves its module out, since the rest means something else', () => {
	const k = 'diffusion_model.layers.0.attention.to_k';
	const tucker = { [`${k}.lora_A.weight`]: [4, 3840], [`${k}.lora_B.weight`]: [3840, 4] };
	const header = headerOf({ ...FULL_LORA, ...tucker, [`${k}.lora_mid.weight`]: [4, 4] });
	const { report } = matchAdapter(header, FULL_SIZE_TABLE);
	expect(report.targets).toEqual(['layers.0.attention.to_q.weight']);
	expect(report.unused).toHaveLength(3);
});

test('differences of whole matrices are refused beyond a gibibyte', () => {
	const tensors = Object.fromEntries(
		Array.from({ length: 30 }, (_, layer) => [
			`diffusion_model.layers.${layer}.feed_forward.w1.diff`,
			[10240, 3840],
		]),
	);
	const found = fault(() => matchAdapter(headerOf(tensors), FULL_SIZE_TABLE));
	expect(found).toMatchObject({ problem: 'too-large', what: 'differences' });
});

test('all that a file says under one name is one stem, in the order of the file', () => {
	const { stems } = adapterStems(goldenAdapter('twice').header);
	expect(stems.map(({ keys }) => keys.length)).toEqual([3, 3, 3, 3, 3, 3]);
});
