import type { OnnxGraph } from '../../onnx/graph.ts';

/** Names the graph that a block runs: blocks of one kind share one graph and one session. */
export type BlockKind = string & { readonly __brand: 'BlockKind' };

/** Names a block within its component, as the reference code names the module: `layers.12`. */
export type BlockId = string & { readonly __brand: 'BlockId' };

/** A tensor of a block as its shard stores it: FP16. */
export interface BlockTensor {
	/** Name within the block, equal for all blocks of a kind: `attention.to_q.weight`. */
	readonly name: string;
	/** Name in the official checkpoint: `layers.12.attention.to_q.weight`. */
	readonly sourceName: string;
	/** Shape in the official checkpoint. */
	readonly sourceShape: readonly number[];
	/** Linear weights `[out, in]` are stored as `[in, out]`, which ONNX Runtime's MatMul multiplies 2.8 times faster. */
	readonly transposed: boolean;
}

/** The unit of streaming. */
export interface Block {
	readonly id: BlockId;
	readonly kind: BlockKind;
	readonly tensors: readonly BlockTensor[];
}

export interface GraphOptions {
	/** Largest storage buffer binding of the device, in bytes. */
	readonly maxBindingBytes: number;
	/** Also publish the intermediate values that golden files hold. */
	readonly taps: boolean;
}

export type ComponentName = 'text_encoder' | 'transformer' | 'vae';

/** A network cut into blocks: what is installed, streamed and exported. */
export interface Component {
	readonly name: ComponentName;
	/** In installation order; every block is one shard. */
	readonly blocks: readonly Block[];
	/** The graph of a kind of block. Kinds that only hold data (an embedding table) have none. */
	graph(kind: BlockKind, options: GraphOptions): OnnxGraph;
}

/** Shape of a tensor in its shard. */
export function storedShape(tensor: BlockTensor): readonly number[] {
	return tensor.transposed ? [...tensor.sourceShape].reverse() : tensor.sourceShape;
}
