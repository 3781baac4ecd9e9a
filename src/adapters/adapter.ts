import type { AdapterReport } from './adapter-report.ts';
import type { ByteReader, Factor } from './factor.ts';

/** left · right */
export interface MatrixProduct {
	/** [rows, rank] */
	readonly left: Factor;
	/** [rank, columns] */
	readonly right: Factor;
}

export type FactoredMatrix =
	| { readonly kind: 'whole'; readonly matrix: Factor }
	| ({ readonly kind: 'product' } & MatrixProduct);

/**
 * D, the change of a module's weight W0 [rows, columns] at strength 1 and before a magnitude.
 * Source: docs/spec/adapters.md 2.2
 */
export type WeightChange =
	/** LoRA: D = scale · B · A. */
	| {
			readonly kind: 'low-rank';
			readonly scale: number;
			/** [rank, columns] */
			readonly a: Factor;
			/** [rows, rank] */
			readonly b: Factor;
	  }
	/** LoHa: D = scale · (first.left · first.right) ⊙ (second.left · second.right); the ranks may differ. */
	| {
			readonly kind: 'hadamard';
			readonly scale: number;
			readonly first: MatrixProduct;
			readonly second: MatrixProduct;
	  }
	/**
	 * LoKr: D = scale · kron(w1, w2), where D[i · w2Rows + k, j · w2Columns + n] = w1[i, j] · w2[k, n]. Rows of
	 * a fused module's tensors may begin within a block of w2.
	 */
	| {
			readonly kind: 'kronecker';
			readonly scale: number;
			readonly w1: FactoredMatrix;
			readonly w2: FactoredMatrix;
	  }
	/** The tensor itself, for a matrix, a norm, a bias or a pad token: D = values, in W0's shape. */
	| { readonly kind: 'difference'; readonly values: Factor };

/** DoRA: D' = magnitude ⊙ (W0 + D) / ‖W0 + D‖ - W0. Source: docs/spec/adapters.md 2.3 */
export interface Magnitude {
	/**
	 * `output`: a value for each row of the module's weight, the norm over its columns. `input`: a value
	 * for each column, the norm over all rows of the module (of a fused one, over q, k and v together).
	 */
	readonly per: 'output' | 'input';
	/** [rows] or [columns] values. */
	readonly values: Factor;
}

/** What an adapter's file says under one name, for one of our tensors or for several fused ones. */
export interface AdapterModule {
	/** As the file names it, without the role: `diffusion_model.layers.0.attention.qkv`. */
	readonly name: string;
	/** Of the whole module: of a fused one, the sum over its tensors. A vector counts as [rows, 1]. */
	readonly rows: number;
	readonly columns: number;
	readonly change: WeightChange;
	readonly magnitude?: Magnitude;
	/** In the order of their rows. */
	readonly targets: readonly ModuleTarget[];
}

/** Which of a module's rows change one of our tensors. */
export interface ModuleTarget {
	/** Official name: `layers.0.attention.to_q.weight`, a `BlockTensor`'s `sourceName`. */
	readonly tensor: string;
	readonly firstRow: number;
	readonly rows: number;
}

/** A change of one of our tensors: rows of its module's change. */
export interface TensorChange extends ModuleTarget {
	readonly module: AdapterModule;
}

/** An adapter's file, read against a model. Holds no values: those are read from the file, block by block. */
export interface Adapter {
	readonly modules: readonly AdapterModule[];
	/** By official tensor name. Several changes of one tensor are of different kinds, and add up. */
	readonly changes: ReadonlyMap<string, readonly TensorChange[]>;
	readonly report: AdapterReport;
}

/** An adapter as a picture uses it. Several are applied as W0 + sum of strength · D(W0), in any order. */
export interface AdapterInUse {
	/** SHA-256 of the tensors' bytes, 64 digits: with the strength it names what a picture drew with. */
	readonly hash: string;
	readonly adapter: Adapter;
	/** Of the file that `adapter` was read from; whoever opened it closes it. */
	readonly reader: ByteReader;
	/** From -100 to 100, not 0. */
	readonly strength: number;
}
