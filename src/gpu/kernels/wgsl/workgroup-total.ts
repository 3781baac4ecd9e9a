import { wgsl } from './wgsl.ts';

/** WGSL of `fn total(thread: u32, value: f32) -> f32`: the sum of all threads' values, in a tree. Reads `THREADS`, a power of two. */
export const WORKGROUP_TOTAL_WGSL = wgsl`
	var<workgroup> partials: array<f32, THREADS>;

	/// The sum of all threads' values.
	fn total(thread: u32, value: f32) -> f32 {
		partials[thread] = value;
		workgroupBarrier();
		for (var stride = THREADS / 2u; stride > 0u; stride >>= 1u) {
			if (thread < stride) { partials[thread] += partials[thread + stride]; }
			workgroupBarrier();
		}
		let sum = partials[0];
		workgroupBarrier();
		return sum;
	}
`;
