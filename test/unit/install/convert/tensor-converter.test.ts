import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedTensor } from '../../../../src/install/checkpoint/component-plan.ts';
import { convertToF16 } from '../../../../src/install/convert/convert-to-f16.ts';
import {
	ConversionMemory,
	TensorConverter,
} from '../../../../src/install/convert/tensor-converter.ts';
import { transposeF16 } from '../../../fixtures/transpose-f16.ts';
import { halfSum } from '../../../../src/numbers/half-sum.ts';
import { MemoryShardStore } from '../../../fixtures/memory-shard-store.ts';

const OFFSET = 256;

function planned(rows: number, columns: number, dtype: string, transposed: boolean): PlannedTensor {
	const byteLength = rows * columns * (dtype === 'F32' ? 4 : 2);
	const record = { name: 'w', shape: [], byteOffset: OFFSET, byteLength: rows * columns * 2 };
	const shard = {
		name: 'shard.bin',
		block: 'b',
		byteLength: OFFSET + record.byteLength,
		tensors: [record],
	};
	return {
		...{ officialName: 'w', shard, record, transposed, rows, columns, dtype },
		...{ byteOffset: 0, byteLength },
	};
}

/** Finite values of all kinds, subnormals included. */
function weights(count: number, dtype: string): Uint8Array<ArrayBuffer> {
	if (dtype === 'F32') {
		const values = Float32Array.from(
			{ length: count },
			(_, i) => Math.sin(i) * 10 ** ((i % 12) - 8),
		);
		return new Uint8Array(values.buffer);
	}
	const bits = Uint16Array.from({ length: count }, (_, i) => {
		const random = Math.imul(i + 1, 2654435761) >>> 0;
		if (dtype === 'F16') return ((random & 1) << 15) | ((random >>> 8) % 0x7c00);
		return ((random & 1) << 15) | ((100 + ((random >>> 8) % 40)) << 7) | (random >>> 25);
	});
	return new Uint8Array(bits.buffer);
}

describe('TensorConverter', () => {
	it('stores what a conversion of the whole tensor gives, however the bytes arrive', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.record({
					rows: fc.integer({ min: 1, max: 90 }),
					columns: fc.integer({ min: 1, max: 70 }),
					dtype: fc.constantFrom('BF16', 'F32', 'F16'),
					transposed: fc.boolean(),
					pieceBytes: fc.integer({ min: 1, max: 5000 }),
					// Small enough that many of the matrices do not fit at once.
					turnedBytes: fc.integer({ min: 2, max: 9000 }),
				}),
				async ({ rows, columns, dtype, transposed, pieceBytes, turnedBytes }) => {
					const tensor = planned(rows, columns, dtype, transposed);
					const bytes = weights(rows * columns, dtype);
					const store = new MemoryShardStore();
					const writer = await store.openWriter('m', tensor.shard);
					const converter = new TensorConverter(tensor, writer, new ConversionMemory(), {
						turnedBytes,
						pieceBytes: 600,
					});
					for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
						await converter.push(bytes.subarray(at, at + pieceBytes));
					}
					const { sum, subnormals } = await converter.finish();
					await writer.commit();
					const whole = convertToF16({ dtype, bytes }, 'w');
					const expected = transposed ? transposeF16(whole.f16, rows, columns) : whole.f16;
					const stored = store.bytesOf('m', 'shard.bin')?.slice(OFFSET) ?? new Uint8Array();
					expect(new Uint16Array(stored.buffer)).toEqual(expected);
					expect(subnormals).toBe(whole.subnormals);
					expect(sum).toBe(halfSum(stored));
				},
			),
			{ numRuns: 400, seed: 4 },
		);
	});
});

describe('halfSum', () => {
	it('is the sum of the values, at any even offset', () => {
		const values = Uint16Array.from({ length: 1001 }, (_, i) => (i * 40503) & 0xffff);
		const expected = values.reduce((sum, value) => (sum + value) % 2 ** 32, 0);
		expect(halfSum(new Uint8Array(values.buffer))).toBe(expected);
		const odd = new Uint8Array(values.buffer, 2, 600);
		const even = new Uint8Array(values.buffer, 602);
		expect((halfSum(odd) + halfSum(even) + values[0]) >>> 0).toBe(expected);
	});

	it('does not run over', () => {
		const bytes = new Uint8Array(2 ** 19).fill(255);
		expect(halfSum(bytes)).toBe((0xffff * 2 ** 18) % 2 ** 32);
	});
});
