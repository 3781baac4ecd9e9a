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

/** What is stored of a component. */
export interface ComponentRecord {
	readonly shards: readonly ShardRecord[];
}

export interface TokenizerRecord {
	readonly vocabulary: FileRecord;
	readonly config: FileRecord;
}

/** Where a model came from. */
interface ModelOrigin {
	/** For people: "Comfy-Org/z_image_turbo", "local files". */
	readonly origin: string;
	readonly revision: string;
	/** The files that the weights were converted from: folders hold several that would do. */
	readonly files?: TakenFiles;
}

/** Paths by component. */
export type TakenFiles = Readonly<Record<string, readonly string[]>>;

/** Everything known of an installed model; its presence in a store says that all of it is there. */
export interface ModelManifest {
	/** Of this structure; another number is another structure. */
	readonly version: 2;
	readonly id: string;
	/** Shown to people. */
	readonly name: string;
	readonly family: string;
	readonly source: ModelOrigin;
	/** The checkpoint's own config.json files, by folder. */
	readonly configs: Readonly<Record<string, unknown>>;
	/** In the order of installation. */
	readonly components: Readonly<Record<string, ComponentRecord>>;
	/** By folder. */
	readonly tokenizers: Readonly<Record<string, TokenizerRecord>>;
	readonly sizes: readonly { readonly width: number; readonly height: number }[];
	readonly defaultSteps: number;
	/** As in ComfyUI; absent: the model is made for no guidance. */
	readonly defaultGuidanceScale?: number;
	readonly examples: readonly string[];
	/**
	 * How a latent looks, to a linear approximation, where its space is the model's own: a row for each
	 * channel, and a bias, each as red, green, blue.
	 */
	readonly preview?: {
		readonly matrix: readonly (readonly [number, number, number])[];
		readonly bias: readonly [number, number, number];
	};
}

/** All objects that a model keeps in a store. */
export function manifestObjects(manifest: ModelManifest): readonly FileRecord[] {
	const { tokenizers, components } = manifest;
	return [
		...Object.values(tokenizers).flatMap(({ vocabulary, config }) => [vocabulary, config]),
		...Object.values(components).flatMap(({ shards }) => shards),
	];
}

export function manifestBytes(manifest: ModelManifest): number {
	return manifestObjects(manifest).reduce((sum, object) => sum + object.byteLength, 0);
}
