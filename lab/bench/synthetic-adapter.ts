import type { Adapter, AdapterInUse, AdapterModule } from '../../src/adapters/adapter.ts';
import type { ByteReader, Factor } from '../../src/adapters/factor.ts';
import type { BlockTensor, Component } from '../../src/families/parts/block.ts';

export interface SyntheticAdapter {
	readonly rank: number;
	readonly seed: number;
	/** Official names of the weights that it changes; those of all linear layers in blocks where not given. */
	readonly targets?: (tensor: BlockTensor) => boolean;
}

const BF16_BYTES = 2;
/** Of the seven linear layers of a transformer block. */
const LINEAR_LAYER = /\.(attention\.to_(q|k|v|out\.0)|feed_forward\.w[123])\.weight$/;

/** A LoRA of made-up factors in BF16, which are made as they are read. */
export function syntheticAdapter(
	component: Component,
	{ rank, seed, targets = ({ sourceName }) => LINEAR_LAYER.test(sourceName) }: SyntheticAdapter,
): AdapterInUse {
	let byteOffset = 0;
	const factor = (name: string, rows: number, columns: number): Factor => {
		const byteLength = rows * columns * BF16_BYTES;
		const made: Factor = { name, type: 'BF16', shape: [rows, columns], byteOffset, byteLength };
		byteOffset += byteLength;
		return made;
	};
	const weights = component.blocks.flatMap(({ tensors }) => tensors.filter(targets));
	const modules = weights.map(({ sourceName, sourceShape }): AdapterModule => {
		const [rows = 1, columns = 1] = sourceShape;
		return {
			name: sourceName,
			rows,
			columns,
			change: {
				kind: 'low-rank',
				scale: 1,
				a: factor(`${sourceName} A`, rank, columns),
				b: factor(`${sourceName} B`, rows, rank),
			},
			targets: [{ tensor: sourceName, firstRow: 0, rows }],
		};
	});
	const names = modules.map(({ name }) => name);
	const adapter: Adapter = {
		modules,
		changes: new Map(
			modules.map((module) => [
				module.name,
				module.targets.map((target) => ({ ...target, module })),
			]),
		),
		report: {
			...{ used: modules.length, modules: modules.length, targets: names, rounded: 0 },
			...{ unused: [], unsupported: [], textEncoder: [], duplicates: [], wrongSizes: [] },
			...{ kinds: ['lora'], ranks: { least: rank, most: rank } },
		},
	};
	return { hash: `rank ${rank} seed ${seed}`, adapter, reader: madeUpReader(seed), strength: 1 };
}

/** BF16 numbers of magnitudes from 2^-7 to 2^-6. */
function madeUpReader(seed: number): ByteReader {
	return {
		async read(byteOffset, into) {
			const values = new Uint16Array(into.byteLength / BF16_BYTES);
			let state = (Math.imul(byteOffset + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) | 1;
			for (let i = 0; i < values.length; i++) {
				state ^= state << 13;
				state ^= state >>> 17;
				state ^= state << 5;
				values[i] = 0x3c00 | (state & 0x807f);
			}
			into.set(new Uint8Array(values.buffer));
		},
	};
}
