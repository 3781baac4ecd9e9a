import type { PictureSize } from '../../recipe/capabilities.ts';
import type { ModelConfigs } from './model-configs.ts';

/** A repository of the hub at one commit: the files behind it cannot change. */
export interface PublishedRepository {
	/** `owner/name` on the hub. */
	readonly repository: string;
	/** Commit. */
	readonly revision: string;
}

/** A file of a repository on the hub. */
export interface PublishedFile {
	/** Path within the repository. */
	readonly path: string;
}

/** A file whose bytes are known beforehand, so that any server may send them. */
export interface PinnedFile extends PublishedFile {
	readonly byteLength: number;
	/** Lower-case hexadecimal. */
	readonly sha256: string;
	/** Where it is, if that is not the download's own repository. */
	readonly from?: PublishedRepository;
}

/** One of the forms in which a model's weights are published. */
export interface PublishedDownload extends PublishedRepository {
	/** Unique within the model; journals of paused installs keep it. */
	readonly id: string;
	/** Whose files they are: the model's own publisher's, or those of ComfyUI's. */
	readonly publisher: 'official' | 'comfy';
	/** Type of the denoiser's weights: `BF16`. */
	readonly dtype: string;
	/** By component. */
	readonly weights: Readonly<Record<string, readonly PinnedFile[]>>;
}

export interface PublishedTokenizer extends PublishedRepository {
	readonly vocabulary: PinnedFile;
	/** Its hash is in no LFS record: held by the revision alone. */
	readonly config: PublishedFile | PinnedFile;
}

/** A model that its publisher offers on the hub. */
export interface PublishedModel {
	readonly card: {
		readonly id: string;
		/** Shown to people. */
		readonly name: string;
		readonly family: string;
		/** The default first. */
		readonly sizes: readonly PictureSize[];
		readonly defaultSteps: number;
		/** As in ComfyUI; absent: the model is made for no guidance. */
		readonly defaultGuidanceScale?: number;
		readonly examples: readonly string[];
	};
	/** The one to recommend first. */
	readonly downloads: readonly PublishedDownload[];
	/** By folder. */
	readonly tokenizers: Readonly<Record<string, PublishedTokenizer>>;
	/** The official config.json files, word for word where the architecture depends on it. */
	readonly configs: ModelConfigs;
}
