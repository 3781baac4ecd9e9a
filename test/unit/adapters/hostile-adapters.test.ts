import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AdapterModule, FactoredMatrix } from '../../../src/adapters/adapter.ts';
import type { Factor } from '../../../src/adapters/factor.ts';
import { readAdapter } from '../../../src/adapters/read-adapter.ts';
import { targetTable } from '../../../src/adapters/target-table.ts';
import { isAppError } from '../../../src/errors/app-error.ts';
import { parseSafetensorsHeader } from '../../../src/install/checkpoint/safetensors.ts';
import { TINY_TRANSFORMER } from '../../fixtures/golden-adapters.ts';

const RUNS = 10_000;
const TABLE = targetTable(TINY_TRANSFORMER);
/** Of the values' bytes that follow each header. */
const DATA_BYTES = 256;

const prefix = fc.constantFrom('', 'transformer.', 'diffusion_model.', 'lora_unet_', 'unet.unet.');
const path = fc.constantFrom(
	'layers.0.attention.to_q',
	'layers.0.attention.qkv',
	'layers_0_attention_out',
	'x_embedder',
	'x_pad_token',
	'layers.0.attention_norm1',
	'__proto__',
	'',
);
const suffix = fc.constantFrom(
	...['.lora_A.weight', '.lora_B.weight', '.lora_down.weight', '.alpha', '.dora_scale'],
	...['.hada_w1_a', '.hada_w1_b', '.hada_w2_a', '.hada_w2_b', '.lokr_w1', '.lokr_w2'],
	...['.lokr_w1_a', '.lokr_w1_b', '.lokr_w2_a', '.diff', '.diff_b', '.lora_mid.weight', ''],
);
const name = fc.oneof(
	{ weight: 8, arbitrary: fc.tuple(prefix, path, suffix).map((parts) => parts.join('')) },
	{ weight: 1, arbitrary: fc.string() },
);
const wildExtent = fc.oneof(
	fc.constantFrom<unknown>(0, 1, 2, 3, 4, 384, 1152, 2 ** 31, 2 ** 53 - 1, 2 ** 53),
	fc.constantFrom<unknown>(-1, 0.5, NaN, '4', null),
);
const wildShape = fc.array(wildExtent, { maxLength: 4 });
const dtype = fc.oneof(
	{ weight: 9, arbitrary: fc.constantFrom('F32', 'F16', 'BF16') },
	{ weight: 1, arbitrary: fc.constantFrom('F8_E4M3', 'F64', 'I8', 'X') },
);

interface HostileTensor {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly unknown[];
	/** Where its bytes begin, if not behind those of the tensor before it. */
	readonly begin?: number;
	/** How many they are, if not as many as shape and type say. */
	readonly length?: number;
}

const wildTensor: fc.Arbitrary<HostileTensor> = fc.record(
	{
		...{ name, dtype, shape: wildShape },
		begin: fc.nat(DATA_BYTES),
		length: fc.integer({ min: -1, max: DATA_BYTES }),
	},
	{ requiredKeys: ['name', 'dtype', 'shape'] },
);

/** Modules of to_q [384, 384], of which a tensor may be missing, of another shape or of another type. */
const nearlyRight: fc.Arbitrary<readonly HostileTensor[]> = fc
	.record({
		stem: fc.constantFrom('layers.0.attention.to_q', 'lora_unet_layers_1_attention_to_out_0'),
		parts: fc.constantFrom<Readonly<Record<string, readonly unknown[]>>>(
			{ '.lora_A.weight': [4, 384], '.lora_B.weight': [384, 4], '.alpha': [] },
			{ '.lora_down.weight': [2, 384, 1, 1], '.lora_up.weight': [384, 2, 1, 1] },
			{ '.lora_A': [1, 384], '.lora_B': [384, 1], '.dora_scale': [1, 384] },
			{ '.lokr_w1': [4, 12], '.lokr_w2_a': [96, 4], '.lokr_w2_b': [4, 32], '.alpha': [1] },
			{ '.hada_w1_a': [384, 3], '.hada_w1_b': [3, 384], '.hada_w2_a': [384, 5] },
			{ '.hada_w2_b': [5, 384], '.diff': [384, 384] },
		),
		changes: fc.array(
			fc.record({
				at: fc.nat(3),
				to: fc.oneof(wildShape, fc.constant('absent' as const), fc.constant('same' as const)),
				dtype,
			}),
			{ maxLength: 2 },
		),
	})
	.map(({ stem, parts, changes }) =>
		Object.entries(parts).flatMap(([suffix, shape], index) => {
			const change = changes.find(({ at }) => at === index);
			if (change?.to === 'absent') return [];
			const to = change === undefined || change.to === 'same' ? shape : change.to;
			return [{ name: stem + suffix, dtype: change?.dtype ?? 'F16', shape: to }];
		}),
	);

const metadata = fc.dictionary(
	fc.constantFrom('lora_adapter_metadata', 'ss_base_model_version', '__proto__'),
	fc.oneof(
		fc.string(),
		fc.json(),
		fc.constant('{"transformer.lora_alpha":1e400,"transformer.alpha_pattern":[{}]}'),
	),
);
const hostileHeader = fc.record({
	tensors: fc
		.tuple(
			fc.array(nearlyRight, { maxLength: 3 }),
			fc.oneof(
				{ weight: 2, arbitrary: fc.constant([]) },
				{ weight: 1, arbitrary: fc.array(wildTensor, { maxLength: 3 }) },
			),
		)
		.map(([modules, wild]) => [...modules.flat(), ...wild]),
	metadata: fc.option(metadata),
	values: fc.uint8Array({ minLength: 8, maxLength: 8 }),
});

const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

function fileOf(given: {
	readonly tensors: readonly HostileTensor[];
	readonly metadata: Readonly<Record<string, string>> | null;
	readonly values: Uint8Array;
}): Uint8Array<ArrayBuffer> {
	const header: Record<string, unknown> = {};
	let next = 0;
	for (const { name: key, dtype: type, shape, begin = next, length } of given.tensors) {
		const values = shape.reduce<number>((product, each) => product * Number(each), 1);
		const end = begin + (length ?? values * (BYTES[type] ?? 1));
		header[key] = { dtype: type, shape, data_offsets: [begin, end] };
		next = end;
	}
	if (given.metadata !== null) header['__metadata__'] = given.metadata;
	const json = new TextEncoder().encode(JSON.stringify(header));
	const file = new Uint8Array(8 + json.byteLength + DATA_BYTES);
	new DataView(file.buffer).setUint32(0, json.byteLength, true);
	file.set(json, 8);
	for (let at = 8 + json.byteLength; at < file.byteLength; at++) file[at] = given.values[at % 8];
	return file;
}

/** A file may claim any size: what it claims is never held. */
const CLAIMED_BYTES = 2 ** 40;

function bytesOf({ type, shape }: Factor): number {
	return shape.reduce((product, each) => product * each, BYTES[type] ?? 1);
}

function extentsOf(matrix: FactoredMatrix): readonly number[] {
	if (matrix.kind === 'whole') return matrix.matrix.shape;
	expect(matrix.left.shape[1]).toBe(matrix.right.shape[0]);
	return [matrix.left.shape[0], matrix.right.shape[1]];
}

/** Whoever applies a module relies on this. @returns its factors */
function checkModule({ change, rows, columns, targets, magnitude }: AdapterModule): Factor[] {
	expect(targets.reduce((sum, target) => sum + target.rows, 0)).toBe(rows);
	const factors = magnitude === undefined ? [] : [magnitude.values];
	if (magnitude !== undefined) {
		expect(magnitude.values.shape).toEqual([magnitude.per === 'output' ? rows : columns]);
	}
	if (change.kind !== 'difference') expect(change.scale).toSatisfy(Number.isFinite);
	switch (change.kind) {
		case 'difference':
			expect(change.values.shape.reduce((a, b) => a * b)).toBe(rows * columns);
			return [...factors, change.values];
		case 'low-rank':
			expect(change.a.shape).toEqual([change.b.shape[1], columns]);
			expect(change.b.shape[0]).toBe(rows);
			return [...factors, change.a, change.b];
		case 'hadamard':
			for (const { left, right } of [change.first, change.second]) {
				expect([left.shape[0], right.shape]).toEqual([rows, [left.shape[1], columns]]);
				factors.push(left, right);
			}
			return factors;
		case 'kronecker': {
			const [one, other] = [extentsOf(change.w1), extentsOf(change.w2)];
			expect([one[0] * other[0], one[1] * other[1]]).toEqual([rows, columns]);
			return factors;
		}
	}
}

test('10,000 hostile headers are refused, or read as modules that can be applied', async () => {
	let taken = 0;
	let largestRead = 0;
	const property = fc.asyncProperty(hostileHeader, async (given) => {
		const file = fileOf(given);
		try {
			const header = parseSafetensorsHeader(file, CLAIMED_BYTES);
			const { modules, report } = await readAdapter(header, TABLE, {
				read: async (byteOffset, into) => {
					largestRead = Math.max(largestRead, into.byteLength);
					into.set(file.subarray(byteOffset, byteOffset + into.byteLength));
				},
			});
			taken++;
			expect(report.used).toBeGreaterThan(0);
			expect(report.used).toBeLessThanOrEqual(report.modules);
			for (const factor of modules.flatMap(checkModule)) {
				expect(factor.byteLength).toBe(bytesOf(factor));
				expect(factor.byteOffset + factor.byteLength).toBeLessThanOrEqual(CLAIMED_BYTES);
			}
		} catch (error) {
			if (!isAppError(error)) throw error;
		}
	});
	await fc.assert(property, { numRuns: RUNS, seed: 17 });
	expect(taken).toBeGreaterThan(RUNS / 50);
	expect(largestRead).toBeLessThanOrEqual(8);
});
