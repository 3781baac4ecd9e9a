import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		download: { readonly url: string; readonly reason: string };
		integrity: { readonly file: string };
		checkpoint: { readonly detail: string };
		'source-changed': { readonly file: string; readonly detail: string };
		'source-needed': { readonly modelId: string };
		'files-missing': { readonly missing: readonly string[] };
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

/** A checkpoint file cannot be converted. */
export class CheckpointError extends AppError<'checkpoint'> {
	/** @param detail names the file or tensor and what to get instead */
	constructor(detail: string) {
		super('checkpoint', { detail }, { engineUsable: true });
	}
}

/** The file is not the one that an earlier session read the beginning of. */
export class SourceChangedError extends AppError<'source-changed'> {
	constructor(file: string, detail: string) {
		super('source-changed', { file, detail }, { engineUsable: true });
	}
}

/** An install of files cannot go on by itself after a reload: the page may not keep them. */
export class SourceNeededError extends AppError<'source-needed'> {
	constructor(modelId: string) {
		super('source-needed', { modelId }, { engineUsable: true });
	}
}

/** Something of the model is missing among the chosen files. */
export class FilesMissingError extends AppError<'files-missing'> {
	constructor(missing: readonly string[]) {
		super('files-missing', { missing }, { engineUsable: true });
	}
}

/** One install at a time, in all tabs together. */
export class InstallBusyError extends AppError<'install-busy'> {
	constructor(where: 'this tab' | 'another tab') {
		super('install-busy', { where }, { engineUsable: true });
	}
}
