import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';

/** Whose tensor names a weights file uses. `weights` is the family's own, where there is only one. */
export type WeightsLayout = 'diffusers' | 'comfy' | 'original' | 'weights';

/** What a config describes, told by fields that only such a config has. */
export type ConfigKind = 'z-image' | 'autoencoder-kl' | 'qwen3';

/** One weights file held against one golden file. */
export interface VerifyCase {
	/** For example `dit-tiny`. */
	readonly name: string;
	readonly kind: ConfigKind;
	readonly layout: WeightsLayout;
	/** The parsed `config.json`. */
	readonly config: unknown;
	readonly weightsUrl: string;
	readonly goldenUrl: string;
	readonly engine: BlockEngineName;
	/** Where the golden file is of a network with adapters. */
	readonly adapters?: AdapterCases;
}

/** Sets of adapters, each of which has tensors in one golden file, as `CASE/TENSOR`. */
export interface AdapterCases {
	/** Golden file of the network without adapters, whose inputs are theirs. */
	readonly inputsUrl: string;
	readonly cases: readonly AdapterCase[];
}

export interface AdapterCase {
	/** `kohya@0.8` */
	readonly name: string;
	/** The golden file holds every nth row of what blocks compute. */
	readonly rowStride: number;
	readonly adapters: readonly { readonly url: string; readonly strength: number }[];
}

export interface VerifiedTensor {
	readonly tensor: string;
	/** `input` is fed to the model, so there is nothing to compare. */
	readonly status: 'ok' | 'fail' | 'input';
	/** ||a - b||2 / ||b||2 over the whole tensor. */
	readonly relativeError: number;
	readonly tolerance: number;
}

/** What `verify.worker.ts` exposes through Comlink. */
export interface VerifyWorker {
	/** In the golden file's order, one entry for each of its tensors. */
	verifyCase(verifyCase: VerifyCase): Promise<readonly VerifiedTensor[]>;
}
