/** The model has no manifest in the store. */
export class ModelNotInstalledError extends Error {
	override readonly name = 'ModelNotInstalledError';
	constructor(modelId: string) {
		super(`The model "${modelId}" is not installed. Install it first, then generate again.`);
	}
}

/** A shard that the manifest lists is not in the store. */
export class ShardMissingError extends Error {
	override readonly name = 'ShardMissingError';
	constructor(modelId: string, shard: string) {
		super(
			`A part of the model "${modelId}" is missing (${shard}). ` +
				'Press Repair to fetch it again; everything else stays installed.',
		);
	}
}

/** A shard's bytes are not what the manifest says. */
export class ShardCorruptError extends Error {
	override readonly name = 'ShardCorruptError';
	constructor(modelId: string, shard: string, detail: string) {
		super(
			`A part of the model "${modelId}" is damaged (${shard}: ${detail}). ` +
				'Press Repair to fetch it again; everything else stays installed.',
		);
	}
}

/**
 * The browser gave no room for the bytes. How much room there is, nobody knows: Chrome's estimate answers
 * a fixed number, so that pages learn nothing of the disk.
 */
export class StorageFullError extends Error {
	override readonly name = 'StorageFullError';
	/** @param neededBytes what is still to be stored */
	constructor(neededBytes: number) {
		super(
			`The disk is full, or the browser grants this page no more of it: ${inWords(neededBytes)} are still needed. ` +
				'Make room for that, then go on; what is already stored is kept.',
		);
	}
}

/** Another tab, or another call, has the object open. */
export class StoreBusyError extends Error {
	override readonly name = 'StoreBusyError';
	constructor(object: string) {
		super(
			`Another tab of this page works on the same model (${object}). ` +
				'Close the other tab or wait until it is done, then try again.',
		);
	}
}

/** The backend asked for does not exist here. */
export class BackendUnavailableError extends Error {
	override readonly name = 'BackendUnavailableError';
	constructor(backend: string) {
		super(
			`This browser cannot store models in "${backend}". Choose the other storage, or update the browser.`,
		);
	}
}

/** The model's manifest has a structure that this version does not know. */
export class ModelTooNewError extends Error {
	override readonly name = 'ModelTooNewError';
	constructor(modelId: string) {
		super(
			`The model "${modelId}" was installed by a newer version of Shardlight. ` +
				'Reload the page to get the newest version; the model stays installed.',
		);
	}
}

function inWords(bytes: number): string {
	return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
