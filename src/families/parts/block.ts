import type { Graph } from '../../graph/graph.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';

/** Names the graph that a block runs: blocks of one kind share one graph and one session. */
export type BlockKind = string & { readonly __brand: 'BlockKind' };

/** Names a block within its component, as the reference code names the module: `layers.12`. */
export type BlockId = string & { readonly __brand: 'BlockId' };

/** Names a component within its model, mostly as the folder of a diffusers model: `text_encoder_2`. */
export type ComponentId = string & { readonly __brand: 'ComponentId' };

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
	readonly component: ComponentId;
	readonly id: BlockId;
	readonly kind: BlockKind;
	readonly tensors: readonly BlockTensor[];
}

export interface GraphOptions {
	/** Also publish the intermediate values that golden files hold. */
	readonly taps: boolean;
}

/** A network cut into blocks: what is installed, streamed and exported. */
export interface Component {
	readonly id: ComponentId;
	/** What files its weights come in. */
	readonly files: CheckpointFiles;
	/** In installation order; every block is one shard. */
	readonly blocks: readonly Block[];
	/** The graph of a kind of block. Kinds that only hold data (an embedding table) have none. */
	graph(kind: BlockKind, options: GraphOptions): Graph;
}

/** Shape of a tensor in its shard. */
export function storedShape(tensor: BlockTensor): readonly number[] {
	return tensor.transposed ? [...tensor.sourceShape].reverse() : tensor.sourceShape;
}

/** Names a block within its model. */
export function blockKey({ component, id }: Pick<Block, 'component' | 'id'>): string {
	return `${component}/${id}`;
}
