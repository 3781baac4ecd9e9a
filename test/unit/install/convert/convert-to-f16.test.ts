import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../../src/install/errors.ts';
import { transposeF16 } from '../../../fixtures/transpose-f16.ts';
import { convertToF16 } from '../../../../src/install/convert/convert-to-f16.ts';
import { costRatio } from '../../../fixtures/cost-ratio.ts';
import { refusal } from '../../../fixtures/refusal.ts';

const ALL_PATTERNS = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

/** The value of an FP16 pattern, written from the definition. */
function f16Value(bits: number): number {
	const sign = bits < 0x8000 ? 1 : -1;
	const exponent = Math.floor(bits / 1024) % 32;
	const fraction = (bits % 1024) / 1024;
	if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
	return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** Finite values of the FP16 patterns 0 to 0x7bff, which grow with the pattern. */
const POSITIVE = Float64Array.from({ length: 0x7c00 }, (_, bits) => f16Value(bits));

/** Nearest FP16 pattern by search in f64, ties to the even pattern; infinity from 65520 on. */
function nearestF16(value: number): number {
	const magnitude = Math.abs(value);
	const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
	if (magnitude >= 65520) return sign | 0x7c00;
	let low = 0;
	let high = POSITIVE.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((POSITIVE[middle] ?? 0) <= magnitude) low = middle;
		else high = middle - 1;
	}
	const below = POSITIVE[low] ?? 0;
	const above = POSITIVE[low + 1] ?? 65536;
	if (magnitude - below > above - magnitude) return sign | (low + 1);
	if (magnitude - below === above - magnitude) return sign | (low + (low % 2));
	return sign | low;
}

function bytesOf(view: Uint16Array | Float32Array | Uint32Array): Uint8Array {
	return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

const bf16Values = new Float32Array(
	Uint32Array.from(ALL_PATTERNS, (bits) => bits * 0x10000).buffer,
);
const isSubnormal = (f16: number) => f16 % 0x8000 > 0 && f16 % 0x8000 < 0x400;
const isFinite16 = (f16: number) => f16 % 0x8000 < 0x7c00;

describe('convertToF16', () => {
	it('rounds every BF16 pattern to the nearest FP16, or refuses it', () => {
		const good = ALL_PATTERNS.filter((bits) => Math.abs(bf16Values[bits] ?? NaN) < 65520);
		const expected = Uint16Array.from(good, (bits) => nearestF16(bf16Values[bits] ?? NaN));
		const { f16, subnormals } = convertToF16({ dtype: 'BF16', bytes: bytesOf(good) }, 'w');
		expect(f16).toEqual(expected);
		expect(subnormals).toBe(expected.filter(isSubnormal).length);

		const bad = ALL_PATTERNS.filter((bits) => !(Math.abs(bf16Values[bits] ?? NaN) < 65520));
		expect(good.length + bad.length).toBe(0x10000);
		for (const bits of bad) {
			const source = { dtype: 'BF16', bytes: bytesOf(Uint16Array.of(bits)) };
			expect(() => convertToF16(source, 'w')).toThrow(CheckpointError);
		}
	});

	it('keeps every finite FP16 pattern and refuses the others', () => {
		const good = ALL_PATTERNS.filter(isFinite16);
		const { f16, subnormals } = convertToF16({ dtype: 'F16', bytes: bytesOf(good) }, 'w');
		expect(f16).toEqual(good);
		expect(f16.buffer).not.toBe(good.buffer);
		expect(subnormals).toBe(2 * 1023);
		for (const bits of ALL_PATTERNS.filter((pattern) => !isFinite16(pattern))) {
			const source = { dtype: 'F16', bytes: bytesOf(Uint16Array.of(bits)) };
			expect(() => convertToF16(source, 'w')).toThrow(CheckpointError);
		}
	});

	it('rounds f32 at and around every midpoint between two FP16 values', () => {
		const f32 = new Float32Array(1);
		const pattern = new Uint32Array(f32.buffer);
		const cases: number[] = [];
		for (const [bits, low] of POSITIVE.entries()) {
			const midpoint = (low + (POSITIVE[bits + 1] ?? 65536)) / 2;
			for (const value of [low, midpoint]) {
				f32[0] = value;
				const at = pattern[0] ?? 0;
				for (const near of [at - 1, at, at + 1]) {
					if (near < 0) continue;
					pattern[0] = near;
					if ((f32[0] ?? NaN) < 65520) cases.push(f32[0] ?? NaN, -(f32[0] ?? NaN));
				}
			}
		}
		const values = Float32Array.from(cases);
		const { f16 } = convertToF16({ dtype: 'F32', bytes: bytesOf(values) }, 'w');
		expect(f16).toEqual(Uint16Array.from(values, nearestF16));
	});

	it('rounds random f32 patterns to the nearest FP16', () => {
		fc.assert(
			fc.property(fc.uint32Array({ minLength: 1, maxLength: 100 }), (patterns) => {
				const values = new Float32Array(patterns.buffer, patterns.byteOffset, patterns.length);
				const source = { dtype: 'F32', bytes: bytesOf(patterns) };
				if (values.every((value) => Math.abs(value) < 65520)) {
					const expected = Uint16Array.from(values, nearestF16);
					const { f16, subnormals } = convertToF16(source, 'w');
					expect(f16).toEqual(expected);
					expect(subnormals).toBe(expected.filter(isSubnormal).length);
				} else {
					expect(() => convertToF16(source, 'w')).toThrow(CheckpointError);
				}
			}),
			{ numRuns: 2_000, seed: 1 },
		);
		fc.assert(
			fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
				const source = { dtype: 'F32', bytes: bytesOf(Float32Array.of(value)) };
				expect(convertToF16(source, 'w').f16[0]).toBe(nearestF16(value));
			}),
			{ numRuns: 20_000, seed: 2 },
		);
	});

	it('writes where it is told', () => {
		const target = new Uint16Array(2);
		const source = { dtype: 'BF16', bytes: bytesOf(Uint16Array.of(0x3f80, 0xbf80)) };
		expect(convertToF16(source, 'w', target).f16).toBe(target);
		expect([...target]).toEqual([0x3c00, 0xbc00]);
		expect(() => convertToF16(source, 'w', new Uint16Array(3))).toThrow(RangeError);
	});

	it('takes bytes at any offset', () => {
		const shifted = new Uint8Array(13);
		shifted.set(bytesOf(Float32Array.of(1, -2, 0.5)), 1);
		const { f16 } = convertToF16({ dtype: 'F32', bytes: shifted.subarray(1) }, 'w');
		expect([...f16]).toEqual([0x3c00, 0xc000, 0x3800]);
		const { f16: two } = convertToF16({ dtype: 'BF16', bytes: shifted.subarray(3, 5) }, 'w');
		expect([...two]).toEqual([0x3c00]);
		expect(() => convertToF16({ dtype: 'F32', bytes: shifted }, 'w')).toThrow(RangeError);
	});

	it('names the tensor and the place of what it cannot convert', () => {
		const values = new Float32Array(100_000);
		values[77_777] = 1e6;
		const source = { dtype: 'F32', bytes: bytesOf(values) };
		expect(refusal(() => convertToF16(source, 'layers.3.w1'))).toMatch(
			/layers\.3\.w1 .*65504.*77777/,
		);
		values[77_777] = NaN;
		expect(refusal(() => convertToF16(source, 'layers.3.w1'))).toMatch(
			/layers\.3\.w1 .*not a number/,
		);
		expect(
			refusal(() => convertToF16({ dtype: 'F8_E4M3', bytes: new Uint8Array(4) }, 'w')),
		).toMatch(/F8_E4M3.*not quantised/);
	});

	it('rounds what is just above 65504 down to it', () => {
		const source = { dtype: 'F32', bytes: bytesOf(Float32Array.of(65519.99, -65504)) };
		expect([...convertToF16(source, 'w').f16]).toEqual([0x7bff, 0xfbff]);
	});
});

describe('the conversion and transposition of a feed-forward matrix of BF16', () => {
	it('costs a few times what copying value by value does', () => {
		const [rows, cols] = [2_560, 3_840];
		const source = new Uint16Array(rows * cols);
		for (let i = 0; i < source.length; i++) source[i] = 0x3c00 + ((i * 2_654_435_761) & 0x83ff);
		const f16 = new Uint16Array(source.length);
		const turned = new Uint16Array(source.length);
		const copy = (): void => {
			for (let i = 0; i < source.length; i++) turned[i] = source[i];
		};
		const conversion = costRatio(
			() => convertToF16({ dtype: 'BF16', bytes: bytesOf(source) }, 'w', f16),
			copy,
		);
		const transposition = costRatio(() => transposeF16(f16, rows, cols, turned), copy);
		console.info(
			`BF16 to transposed FP16: conversion ${conversion.toFixed(1)}, ` +
				`transposition ${transposition.toFixed(1)} times a copy`,
		);
		expect(conversion).toBeLessThan(20);
		expect(transposition).toBeLessThan(20);
	});
});
