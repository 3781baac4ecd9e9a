import type { ModelConfigs } from '../../families/parts/model-configs.ts';
import type { WeightFile } from '../weight-file.ts';

/** The revision of files that came without one. */
export const UNKNOWN_REVISION = 'unknown';

/** A checkpoint, wherever it is: opened, of the expected sizes, and not yet read. */
export interface ModelSource {
	/** For people: "Comfy-Org/z_image_turbo", "local files". */
	readonly origin: string;
	readonly revision: string;
	readonly configs: ModelConfigs;
	/** By component. */
	readonly weights: Readonly<Record<string, readonly WeightFile[]>>;
	/** By folder. */
	readonly tokenizers: Readonly<Record<string, TokenizerFiles>>;
}

export interface TokenizerFiles {
	/** tokenizer.json */
	readonly vocabulary: Uint8Array<ArrayBuffer>;
	/** tokenizer_config.json */
	readonly config: Uint8Array<ArrayBuffer>;
}
