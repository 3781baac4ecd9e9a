let f16Table: Float32Array | undefined;

/** Exact f32 values of FP16 patterns, subnormals, infinities and NaN included. */
export function f16ToF32(f16: Uint16Array): Float32Array<ArrayBuffer> {
	const table = (f16Table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => f16Value(bits)));
	const values = new Float32Array(f16.length);
	for (let i = 0; i < f16.length; i++) values[i] = table[f16[i]];
	return values;
}

function f16Value(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >>> 10) & 31;
	const mantissa = bits & 0x3ff;
	if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
	if (exponent === 0) return sign * mantissa * 2 ** -24;
	return sign * (0x400 + mantissa) * 2 ** (exponent - 25);
}
