import type { Kernel } from '../dispatch/kernel.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, ROW_RANGE_MULTIPLE, splitRows } from '../dispatch/row-ranges.ts';
import { attentionSlice, type AttentionTile } from './attention-tile.ts';
import { ATTENTION_TILES } from './attention-tiles.ts';
import {
	ATTENTION_JOB,
	attentionBindings,
	type AttentionShader,
	attentionWgsl,
} from './attention-wgsl.ts';

export interface AttentionArguments<Ref> {
	readonly label: string;
	/** f32 [queries, heads·headDim] */
	readonly q: Ref;
	/** f32 [keys, keyValueHeads·headDim] */
	readonly k: Ref;
	/** f32 [keys, keyValueHeads·headDim] */
	readonly v: Ref;
	/** f32 [queries, keys], added to the scores. */
	readonly mask?: Ref;
	/** f32 [queries, heads·headDim] */
	readonly output: Ref;
	readonly queries: number;
	readonly keys: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	/** A multiple of 4. */
	readonly headDim: number;
	/** Multiplies q·k, usually 1/√headDim. */
	readonly scale: number;
	/** For the bench; else chosen by adapter. */
	readonly tile?: AttentionTile;
}

function dispatches<Ref>(
	args: AttentionArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { queries, keys, heads, keyValueHeads, headDim, mask } = args;
	if (headDim % 4 !== 0) throw new RangeError(`A head dimension of ${headDim} is no multiple of 4`);
	const width = heads * headDim;
	const keyBytes = keys * keyValueHeads * headDim * F32_BYTES;
	if (keyBytes > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`Keys of ${keyBytes} bytes exceed a binding`);
	}
	const slice = attentionSlice(headDim);
	const slices = Math.ceil(headDim / slice);
	const tile =
		args.tile ?? ATTENTION_TILES.choose({ headDim }, { elements: queries * heads }, target);
	const shader: AttentionShader = { tile, slice, hasMask: mask !== undefined };
	const [wgsl, bindings] = [attentionWgsl(shader), attentionBindings(shader)];
	// The scores are computed again for each slice of the result's features.
	const flopsPerRow = 2 * keys * heads * headDim * (slices + 1);
	const rowBytes = Math.max(width, mask === undefined ? 0 : keys) * F32_BYTES;
	const whole = { start: 0, count: keys };
	const multiple = Math.max(ROW_RANGE_MULTIPLE, tile.queries);
	const ranges = splitRows(queries, rowBytes, flopsPerRow, target, multiple);
	const [fewest = 0] = ranges.map(({ count }) => count);
	const parts = splitHeads(heads, slices, (flopsPerRow * fewest) / target.maxDispatchFlops);
	return ranges.flatMap((range) =>
		parts.map((part) => ({
			label: args.label,
			wgsl,
			tile: ATTENTION_TILES.id(tile, { headDim }),
			job: ATTENTION_JOB.encode({
				...{ queries: range.count, keys, heads, keyValueHeads, headDim },
				scale: args.scale * Math.LOG2E,
				...{ firstHead: part.firstHead, firstSlice: part.firstSlice },
			}),
			bindings: bindings.ranges({
				q: f32Rows(args.q, width, range),
				k: f32Rows(args.k, keyValueHeads * headDim, whole),
				v: f32Rows(args.v, keyValueHeads * headDim, whole),
				y: f32Rows(args.output, width, range),
				mask: mask === undefined ? undefined : f32Rows(mask, keys, range),
			}),
			workgroups: [Math.ceil(range.count / tile.queries), part.heads, part.slices],
			flops: (flopsPerRow * range.count * part.heads * part.slices) / (heads * slices),
			// Keys and values are read over and over, out of caches: their time is the arithmetic's.
			bytes: 2 * range.count * rowBytes,
		})),
	);
}

/**
 * softmax(scale · q·kᵀ + mask)·v of each head; query head h reads key/value head floor(h·keyValueHeads/heads).
 * The scores are never stored: online softmax in f32.
 *
 * @throws RangeError for keys that one binding cannot hold
 */
export const attention = {
	name: 'attention',
	tiles: ATTENTION_TILES,
	shader: attentionWgsl,
	dispatches,
} satisfies Kernel<AttentionShader>;

interface HeadPart {
	readonly firstHead: number;
	readonly heads: number;
	readonly firstSlice: number;
	readonly slices: number;
}

/** Cuts what cannot be cut by rows any more: by heads, and by slices of the result's features. */
function splitHeads(heads: number, slices: number, pieces: number): readonly HeadPart[] {
	const headsAtOnce = Math.max(1, Math.floor(heads / Math.max(1, pieces)));
	const isTooMuch = pieces > heads;
	const slicesAtOnce = isTooMuch ? Math.max(1, Math.floor((slices * heads) / pieces)) : slices;
	const parts: HeadPart[] = [];
	for (let firstHead = 0; firstHead < heads; firstHead += headsAtOnce) {
		for (let firstSlice = 0; firstSlice < slices; firstSlice += slicesAtOnce) {
			parts.push({
				firstHead,
				heads: Math.min(headsAtOnce, heads - firstHead),
				firstSlice,
				slices: Math.min(slicesAtOnce, slices - firstSlice),
			});
		}
	}
	return parts;
}
