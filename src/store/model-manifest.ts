/** A tensor in a shard: FP16, little endian. */
export interface TensorRecord {
	readonly name: string;
	readonly shape: readonly number[];
	/** A multiple of 256. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** A stored object. */
export interface FileRecord {
	/** Path within the model, for example `tokenizer/tokenizer.json`. */
	readonly name: string;
	readonly byteLength: number;
	/** Lower-case hexadecimal. */
	readonly sha256: string;
}

/** A block's weights: one stored object in the layout of ONNX external data. */
export interface ShardRecord extends FileRecord {
	/** The block's id within its component, for example `layers.12`. */
	readonly block: string;
	readonly tensors: readonly TensorRecord[];
}

export interface ComponentRecord {
	/** The checkpoint's own config.json. */
	readonly config: unknown;
	readonly shards: readonly ShardRecord[];
}

/**
 * How a latent looks, to a linear approximation: colour = bias + sum of channel * row. Colours are from -1
 * to 1, as the decoder gives them.
 */
export interface PreviewFactors {
	/** [latent channels][red, green, blue] */
	readonly matrix: readonly (readonly [number, number, number])[];
	readonly bias: readonly [number, number, number];
}

/** Everything known of an installed model; its presence in a store says that all of it is there. */
export interface ModelManifest {
	/** Of this structure; another number is another structure. */
	readonly version: 1;
	readonly id: string;
	/** Shown to people. */
	readonly name: string;
	readonly family: string;
	readonly source: { readonly origin: string; readonly revision: string };
	readonly components: {
		readonly text_encoder: ComponentRecord;
		readonly transformer: ComponentRecord;
		readonly vae: ComponentRecord;
	};
	readonly tokenizer: { readonly vocabulary: FileRecord; readonly config: FileRecord };
	readonly sizes: readonly { readonly width: number; readonly height: number }[];
	readonly defaultSteps: number;
	readonly examples: readonly string[];
	/** Of a latent space of its own; absent where the space is a known one, or where there are no previews. */
	readonly preview?: PreviewFactors;
}

/** All objects that a model keeps in a store. */
export function manifestObjects(manifest: ModelManifest): readonly FileRecord[] {
	const { text_encoder, transformer, vae } = manifest.components;
	return [
		manifest.tokenizer.vocabulary,
		manifest.tokenizer.config,
		...text_encoder.shards,
		...transformer.shards,
		...vae.shards,
	];
}

export function manifestBytes(manifest: ModelManifest): number {
	return manifestObjects(manifest).reduce((sum, object) => sum + object.byteLength, 0);
}
