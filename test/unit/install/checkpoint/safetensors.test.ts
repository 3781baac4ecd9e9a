import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../../src/install/errors.ts';
import {
	dtypeBits,
	parseSafetensorsHeader,
	safetensorsHeaderBytes,
} from '../../../../src/install/checkpoint/safetensors.ts';
import { goldenBytes, goldenTensors } from '../../../fixtures/golden-files.ts';
import { floats, integers } from '../../../fixtures/read-safetensors.ts';
import { refusal } from '../../../fixtures/refusal.ts';

const encoder = new TextEncoder();

/** A file of the given header text, its length field right unless told otherwise. */
function headerFile(json: string | Uint8Array, length?: bigint): Uint8Array {
	const text = typeof json === 'string' ? encoder.encode(json) : json;
	const file = new Uint8Array(8 + text.byteLength);
	new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.byteLength), true);
	file.set(text, 8);
	return file;
}

function parse(json: unknown, dataBytes: number) {
	const file = headerFile(JSON.stringify(json));
	return parseSafetensorsHeader(file, file.byteLength + dataBytes);
}

const tensor = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
	dtype,
	shape,
	data_offsets: [begin, end],
});

describe('parseSafetensorsHeader', () => {
	it('gives names, types, shapes and absolute positions', () => {
		const file = headerFile(
			JSON.stringify({
				__metadata__: { format: 'pt' },
				'a.weight': tensor('BF16', [2, 3], 4, 16),
				'a.scale': tensor('F32', [], 0, 4),
			}),
		);
		const header = parseSafetensorsHeader(file, file.byteLength + 16);
		expect(header.metadata.get('format')).toBe('pt');
		expect(header.tensors.get('a.weight')).toEqual({
			name: 'a.weight',
			dtype: 'BF16',
			shape: [2, 3],
			byteOffset: file.byteLength + 4,
			byteLength: 12,
		});
		expect(header.tensors.get('a.scale')?.byteOffset).toBe(file.byteLength);
	});

	it('says how much of the file it needs', () => {
		expect(safetensorsHeaderBytes(headerFile('{}    '))).toBe(14);
		expect(parseSafetensorsHeader(headerFile('{}    '), 14).tensors.size).toBe(0);
	});

	it('reads the golden files', () => {
		const bytes = goldenBytes('vae-tiny.diffusers.safetensors');
		const header = parseSafetensorsHeader(bytes, bytes.byteLength);
		expect(header.tensors.size).toBe(136);
		const qwen = goldenTensors('qwen3-tiny.golden.safetensors');
		expect(integers(qwen, 'input_ids').length).toBeGreaterThan(0);
		expect(floats(qwen, 'prompt_embeds').every(Number.isFinite)).toBe(true);
	});

	it('keeps types it does not know, for a later step to refuse', () => {
		const header = parse({ w: tensor('Q9_WEIRD', [7], 0, 3) }, 3);
		expect(header.tensors.get('w')?.dtype).toBe('Q9_WEIRD');
		expect(dtypeBits('Q9_WEIRD')).toBeUndefined();
		expect(dtypeBits('BF16')).toBe(16);
	});

	it('treats __proto__ as an ordinary name', () => {
		const file = headerFile('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}');
		const header = parseSafetensorsHeader(file, file.byteLength + 1);
		expect([...header.tensors.keys()]).toEqual(['__proto__']);
		const inherited = headerFile(
			'{"w":{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}',
		);
		expect(refusal(() => parseSafetensorsHeader(inherited, inherited.byteLength + 1))).toMatch(
			/"w" has no type/,
		);
	});

	it.each([
		['a tensor past the end of the file', { w: tensor('U8', [9], 0, 9) }, 8, /incomplete/],
		['a tensor that ends before it begins', { w: tensor('U8', [1], 2, 1) }, 8, /position/],
		[
			'three offsets',
			{ w: { ...tensor('U8', [1], 0, 1), data_offsets: [0, 1, 2] } },
			8,
			/position/,
		],
		['a fractional offset', { w: tensor('U8', [1], 0.5, 1.5) }, 8, /position/],
		['a negative offset', { w: tensor('U8', [1], -1, 0) }, 8, /position/],
		['an unsafe offset', { w: tensor('U8', [1], 2 ** 53, 2 ** 53 + 2) }, 8, /position/],
		['a negative extent', { w: tensor('U8', [-1], 0, 1) }, 8, /shape/],
		['a shape that is no list', { w: { ...tensor('U8', [], 0, 1), shape: 1 } }, 8, /shape/],
		['a product beyond 2^53', { w: tensor('U8', [2 ** 30, 2 ** 30], 0, 1) }, 8, /impossible/],
		['a length that does not fit', { w: tensor('F32', [2], 0, 4) }, 8, /does not fit/],
		['a type that is no text', { w: { ...tensor('U8', [1], 0, 1), dtype: 4 } }, 8, /type/],
		['overlap', { a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 3, 7) }, 8, /overlap/],
		[
			'a tensor inside another',
			{ a: tensor('U8', [8], 0, 8), b: tensor('U8', [1], 3, 4) },
			8,
			/"a"/,
		],
		['an entry that is null', { w: null }, 8, /JSON object/],
		['metadata that is a list', { __metadata__: [] }, 8, /metadata/],
		['metadata that is not text', { __metadata__: { a: 1 } }, 8, /metadata "a"/],
		['a header that is a list', [], 0, /JSON object/],
	])('refuses %s', (_what, json, dataBytes, message) => {
		expect(() => parse(json, dataBytes)).toThrow(CheckpointError);
		expect(refusal(() => parse(json, dataBytes))).toMatch(message);
	});

	it('refuses a length field beyond the cap without allocating it', () => {
		for (const length of [100_000_001n, 2n ** 40n, 2n ** 64n - 1n]) {
			expect(() => safetensorsHeaderBytes(headerFile('{}', length))).toThrow(CheckpointError);
		}
		expect(refusal(() => parseSafetensorsHeader(headerFile('{}', 99_999_999n), 1e9))).toMatch(
			/ends inside/,
		);
	});

	it.each([
		['GGUF\u0003\0\0\0', /GGUF/],
		['PK\u0003\u0004\0\0\0\0', /PyTorch/],
		['version https://git-lfs', /Git LFS/],
		['<!DOCTYPE html>', /web page/],
		['short', /only 5 bytes/],
	])('says what a file that starts with %j is', (start, message) => {
		expect(refusal(() => safetensorsHeaderBytes(encoder.encode(start)))).toMatch(message);
	});

	it('keeps a hostile name out of its messages', () => {
		const name = 'x'.repeat(100_000);
		expect(refusal(() => parse({ [name]: null }, 0))).toMatch(/^.{0,300}$/);
	});
});

describe('malformed headers', () => {
	/** Whatever the bytes: a header, or a CheckpointError. */
	function survives(file: Uint8Array, fileBytes: number): void {
		try {
			const { tensors } = parseSafetensorsHeader(file, fileBytes);
			for (const { byteOffset, byteLength } of tensors.values()) {
				expect(byteOffset + byteLength).toBeLessThanOrEqual(fileBytes);
			}
		} catch (error) {
			expect(error).toBeInstanceOf(CheckpointError);
		}
	}

	const bigFile = fc.maxSafeNat();
	const count = fc.oneof(fc.nat(16), fc.maxSafeInteger(), fc.double(), fc.constant('4'));
	const entry = fc.oneof(
		{
			weight: 4,
			arbitrary: fc.record(
				{
					dtype: fc.oneof(fc.constantFrom('F32', 'BF16', 'U8', 'F8_E4M3', 'F4'), fc.jsonValue()),
					shape: fc.oneof(fc.array(count, { maxLength: 5 }), fc.jsonValue()),
					data_offsets: fc.oneof(fc.array(count, { maxLength: 3 }), fc.jsonValue()),
				},
				{ requiredKeys: [] },
			),
		},
		fc.jsonValue(),
	);
	const name = fc.oneof(
		fc.string(),
		fc.constantFrom('__proto__', '__metadata__', 'constructor', 'toString', 'a', 'b'),
	);
	const table = fc.dictionary(name, entry, { maxKeys: 6, noNullPrototype: true });

	it('never crash: random tables', () => {
		fc.assert(
			fc.property(table, bigFile, (json, fileBytes) => {
				survives(headerFile(JSON.stringify(json)), fileBytes);
			}),
			{ numRuns: 6_000, seed: 1 },
		);
	});

	it('never crash: random bytes behind a random length', () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ maxLength: 200 }),
				fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined }),
				bigFile,
				(bytes, length, fileBytes) => survives(headerFile(bytes, length), fileBytes),
			),
			{ numRuns: 6_000, seed: 2 },
		);
	});

	it('never crash: a good header with bytes changed or cut', () => {
		const good = headerFile(
			JSON.stringify({
				__metadata__: { format: 'pt' },
				'layers.0.weight': tensor('BF16', [4, 4], 0, 32),
				'layers.1.weight': tensor('F32', [4], 32, 48),
			}),
		);
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
				fc.nat(good.length),
				(changes, end) => {
					const file = good.slice();
					for (const [at, value] of changes) file[at] = value;
					survives(file, file.byteLength + 48);
					survives(file.subarray(0, end), end);
				},
			),
			{ numRuns: 6_000, seed: 3 },
		);
	});

	it('never crash: nesting a million deep', () => {
		survives(headerFile('['.repeat(1_000_000)), 2_000_000);
		survives(headerFile('{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)), 2_000_000);
	});
});
