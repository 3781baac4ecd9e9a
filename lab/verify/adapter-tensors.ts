import type { Component } from '../../src/families/parts/block.ts';
import { type PictureAdapters, pictureAdapters } from '../../src/pipeline/adapters/adapter-set.ts';
import { fetchFile } from './fetch-file.ts';
import { openAdapterFile } from './open-adapter-file.ts';
import type { NumericTensor } from './read-numeric-tensors.ts';
import type { AdapterCase } from './verify-contract.ts';

/** Computes a network with adapters. @param wants whether a tensor is compared */
type Compute = (
	adapters: PictureAdapters | undefined,
	wants: (tensor: string) => boolean,
) => Promise<ReadonlyMap<string, Float32Array>>;

/** What each case computes, by the golden file's names, and in the rows that it holds. */
export async function adapterTensors(
	cases: readonly AdapterCase[],
	{ component }: { readonly component: Component },
	golden: ReadonlyMap<string, NumericTensor>,
	compute: Compute,
): Promise<ReadonlyMap<string, Float32Array>> {
	const tensors = new Map<string, Float32Array>();
	for (const { name, rowStride, adapters } of cases) {
		const uses = await Promise.all(
			adapters.map(async ({ url, strength }) =>
				openAdapterFile(await fetchFile(url), component, url, strength),
			),
		);
		const computed = await compute(pictureAdapters(uses), (tensor) =>
			golden.has(`${name}/${tensor}`),
		);
		for (const [tensor, values] of computed) {
			const expected = golden.get(`${name}/${tensor}`);
			if (expected === undefined) continue;
			tensors.set(`${name}/${tensor}`, someRows(values, expected, rowStride));
		}
	}
	return tensors;
}

/** Every nth row, but of what the golden file holds whole. */
function someRows(values: Float32Array, expected: NumericTensor, stride: number): Float32Array {
	if (values.length === expected.values.length) return values;
	const columns = expected.shape.at(-1) ?? 1;
	const rows = Math.ceil(values.length / columns / stride);
	const some = new Float32Array(rows * columns);
	for (let row = 0; row < rows; row++) {
		const start = row * stride * columns;
		some.set(values.subarray(start, start + columns), row * columns);
	}
	return some;
}
