import { wgsl } from './wgsl.ts';

/**
 * WGSL that widens FP16 values packed in u32s, the first in the low half.
 *
 * `unpack2x16float` is one instruction but may flush subnormals, which costs a Qwen3 layer 1.7e-5 of
 * relative error. The integer form is exact everywhere: a normal number moves its exponent from bias
 * 15 to bias 127; a subnormal is mantissa · 2^-24, made by putting the mantissa below 0.5 and
 * subtracting 0.5. Weights are finite: conversion refuses others.
 */
export function halfWgsl(unpackKeepsSubnormals: boolean): string {
	return unpackKeepsSubnormals
		? 'fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }'
		: wgsl`
			fn widen2(halves: u32) -> vec2f {
				let bits = vec2u(halves & 0xffffu, halves >> 16u);
				let magnitude = bits & vec2u(0x7fffu);
				let normal = bitcast<vec2f>((magnitude << vec2u(13u)) + vec2u(0x38000000u));
				let small = bitcast<vec2f>(magnitude | vec2u(0x3f000000u)) - vec2f(0.5);
				let positive = bitcast<vec2u>(select(normal, small, magnitude < vec2u(0x400u)));
				return bitcast<vec2f>(positive | ((bits & vec2u(0x8000u)) << vec2u(16u)));
			}
		`;
}
