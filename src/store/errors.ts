import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'model-not-installed': { readonly modelId: string };
		'model-too-new': { readonly modelId: string };
		manifest: { readonly field: string; readonly detail: string };
		'shard-missing': { readonly modelId: string; readonly shard: string };
		'shard-corrupt': { readonly modelId: string; readonly shard: string; readonly detail: string };
		'storage-full': { readonly neededBytes: number };
		'store-busy': { readonly object: string };
		'backend-unavailable': { readonly backend: string };
	}
}

/** The model has no manifest in the store. */
export class ModelNotInstalledError extends AppError<'model-not-installed'> {
	constructor(modelId: string) {
		super('model-not-installed', { modelId }, { engineUsable: true, remedy: 'install' });
	}
}

/** A shard that the manifest lists is not in the store. */
export class ShardMissingError extends AppError<'shard-missing'> {
	constructor(modelId: string, shard: string) {
		super('shard-missing', { modelId, shard }, { engineUsable: true, remedy: 'repair' });
	}
}

/** A shard's bytes are not what the manifest says. */
export class ShardCorruptError extends AppError<'shard-corrupt'> {
	constructor(modelId: string, shard: string, detail: string) {
		super('shard-corrupt', { modelId, shard, detail }, { engineUsable: true, remedy: 'repair' });
	}
}

/**
 * The browser gave no room for the bytes. How much room there is, nobody knows: Chrome's estimate answers
 * a fixed number, so that pages learn nothing of the disk.
 */
export class StorageFullError extends AppError<'storage-full'> {
	/** @param neededBytes what is still to be stored */
	constructor(neededBytes: number) {
		super('storage-full', { neededBytes }, { engineUsable: true });
	}
}

/** Another tab, or another call, has the object open. */
export class StoreBusyError extends AppError<'store-busy'> {
	constructor(object: string) {
		super('store-busy', { object }, { engineUsable: true });
	}
}

/** The backend asked for does not exist here. */
export class BackendUnavailableError extends AppError<'backend-unavailable'> {
	constructor(backend: string) {
		super('backend-unavailable', { backend }, { engineUsable: true });
	}
}

/** The model's manifest has a structure that this version does not know. */
export class ModelTooNewError extends AppError<'model-too-new'> {
	constructor(modelId: string) {
		super('model-too-new', { modelId }, { engineUsable: true });
	}
}

/** A model's manifest is damaged, or nothing that this app has written. `detail` is English: only a program makes such files. */
export class ManifestError extends AppError<'manifest'> {
	constructor(field: string, detail: string) {
		super('manifest', { field, detail }, { engineUsable: true });
	}
}
