import type { PictureSize } from '../../recipe/capabilities.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
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

/** By what a tokenizer among other people's files is recognised. */
export interface TokenizerFacts {
	/** How many tokens its vocabulary has, added ones apart. */
	readonly vocabularySize: number;
	/** Some of the added ones, by what they stand for. */
	readonly addedTokens: Readonly<Record<string, number>>;
}

export interface PublishedTokenizer extends PublishedRepository {
	readonly facts?: TokenizerFacts;
	readonly vocabulary: PinnedFile;
	/** Its hash is in no LFS record: held by the revision alone. */
	readonly config: PublishedFile | PinnedFile;
}

export type ComponentNames = Pick<CheckpointFiles, 'what' | 'instead' | 'named' | 'similar'>;

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
	/** What its parts' files are called, by component, where models of the family differ in nothing else. */
	readonly names?: Readonly<Record<string, ComponentNames>>;
	/** By folder. */
	readonly tokenizers: Readonly<Record<string, PublishedTokenizer>>;
	/** The official config.json files, word for word where the architecture depends on it. */
	readonly configs: ModelConfigs;
}
