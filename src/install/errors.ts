import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		download: { readonly url: string; readonly reason: string };
		integrity: { readonly file: string };
		checkpoint: CheckpointFault & {
			readonly file?: string;
			/** config.json files of other models: passed over. */
			readonly passedOver?: readonly string[];
		};
		'source-changed': { readonly file: string; readonly detail: string; readonly at: SourcePlace };
		'source-needed': { readonly modelId: string };
		'files-missing': FilesFound;
		'install-busy': { readonly where: 'this tab' | 'another tab' };
	}
}

/** A file could not be fetched. What was stored before stays. */
export class DownloadError extends AppError<'download'> {
	constructor(url: string, reason: string) {
		super('download', { url, reason }, { engineUsable: true });
	}
}

/** Fetched bytes do not have the hash that the manifest names. */
export class IntegrityError extends AppError<'integrity'> {
	constructor(file: string) {
		super('integrity', { file }, { engineUsable: true });
	}
}

/** What is wrong with a checkpoint. `what` names what it should hold, and `get` the file to get instead. */
export type CheckpointFault =
	/** Of another format, told by its first bytes. */
	| {
			readonly problem: 'foreign';
			readonly kind: 'gguf' | 'zip' | 'pytorch' | 'lfs-pointer' | 'web-page';
			readonly get?: string;
	  }
	/** `detail` is English: only a program makes such files. */
	| { readonly problem: 'damaged'; readonly detail: string }
	| { readonly problem: 'not-json' }
	| { readonly problem: 'lora'; readonly what: string; readonly get: string }
	/** It holds other components, if it holds any. */
	| {
			readonly problem: 'other-contents';
			readonly what: string;
			readonly holds: readonly string[];
			readonly get: string;
	  }
	/** Named as another model of the same extents. */
	| {
			readonly problem: 'other-model';
			readonly what: string;
			readonly named: string;
			readonly get: string;
	  }
	| {
			readonly problem: 'quantised';
			readonly tensor: string;
			/** Of its weights, for example FP8. */
			readonly format?: string;
			readonly get: string;
	  }
	| { readonly problem: 'tensor-missing'; readonly tensor: string; readonly get: string }
	| {
			readonly problem: 'tensor-type';
			readonly tensor: string;
			readonly dtype: string;
			readonly get?: string;
	  }
	| {
			readonly problem: 'tensor-shape';
			readonly tensor: string;
			readonly shape: readonly number[];
			readonly expected: readonly number[];
			readonly get: string;
	  }
	| { readonly problem: 'tensors-overlap'; readonly tensor: string; readonly other: string }
	| {
			readonly problem: 'tensor-value';
			readonly tensor: string;
			readonly index: number;
			readonly value: 'not-a-number' | 'too-large';
	  };

/** A checkpoint file cannot be converted. */
export class CheckpointError extends AppError<'checkpoint'> {
	constructor(fault: CheckpointFault, file?: string, passedOver?: readonly string[]) {
		const others = passedOver === undefined ? {} : { passedOver };
		super('checkpoint', { ...fault, file, ...others }, { engineUsable: true });
	}
}

/** The file is not the one that an earlier session read the beginning of. */
export class SourceChangedError extends AppError<'source-changed'> {
	constructor(file: string, detail: string, at: SourcePlace = 'server') {
		super('source-changed', { file, detail, at }, { engineUsable: true });
	}
}

/** What the page reads: a file that the user chose has to be chosen again once it has changed. */
export type SourcePlace = 'disk' | 'server';

/** An install of files cannot go on by itself after a reload: the page may not keep them. */
export class SourceNeededError extends AppError<'source-needed'> {
	constructor(modelId: string) {
		super('source-needed', { modelId }, { engineUsable: true });
	}
}

export interface MissingFile {
	readonly file: string;
	/** What it should hold, where that is a part of the model. */
	readonly what?: string;
}

/** What was looked for among the chosen files. */
export interface FilesFound {
	readonly missing: readonly MissingFile[];
	/** The parts of the model that were found, and the first file of each. */
	readonly found: readonly MissingFile[];
	/** How many files there were; absent where nobody counted. */
	readonly lookedAt?: number;
}

/** Something of the model is missing among the chosen files. */
export class FilesMissingError extends AppError<'files-missing'> {
	constructor(
		missing: readonly MissingFile[],
		found: readonly MissingFile[] = [],
		lookedAt?: number,
	) {
		const counted = lookedAt === undefined ? {} : { lookedAt };
		super('files-missing', { missing, found, ...counted }, { engineUsable: true });
	}
}

/** One install at a time, in all tabs together. */
export class InstallBusyError extends AppError<'install-busy'> {
	constructor(where: 'this tab' | 'another tab') {
		super('install-busy', { where }, { engineUsable: true });
	}
}
