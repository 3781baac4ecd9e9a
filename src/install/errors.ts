/** A file could not be fetched. What was stored before stays. */
export class DownloadError extends Error {
	override readonly name = 'DownloadError';
	constructor(url: string, reason: string) {
		super(
			`Could not fetch ${url} (${reason}). Check the connection, then press Install again: ` +
				'it goes on where it stopped.',
		);
	}
}

/** Fetched bytes do not have the hash that the manifest names. */
export class IntegrityError extends Error {
	override readonly name = 'IntegrityError';
	constructor(file: string) {
		super(
			`${file} arrived damaged: its SHA-256 is not the published one. ` +
				'Press Install again; if it happens twice, the server has another file under this name.',
		);
	}
}

/** A checkpoint file cannot be converted. The message names the file or tensor and what to get instead. */
export class CheckpointError extends Error {
	override readonly name = 'CheckpointError';
}

/** The file is not the one that an earlier session read the beginning of. */
export class SourceChangedError extends Error {
	override readonly name = 'SourceChangedError';
	constructor(file: string, detail: string) {
		super(
			`${file} has changed since it was begun (${detail}). ` +
				'Press Install again: what came from the old file is fetched anew, the rest is kept.',
		);
	}
}

/** An install of files cannot go on by itself after a reload: the page may not keep them. */
export class SourceNeededError extends Error {
	override readonly name = 'SourceNeededError';
	constructor(modelId: string) {
		super(
			`The install of "${modelId}" came from files that this page can no longer read. ` +
				'Choose the same files again: it goes on where it stopped.',
		);
	}
}

/** Something of the model is missing among the chosen files. */
export class FilesMissingError extends Error {
	override readonly name = 'FilesMissingError';
	constructor(missing: readonly string[]) {
		super(
			`These files are missing: ${missing.join('; ')}. ` +
				'Choose the folder that holds all of them, or the files themselves together.',
		);
	}
}

/** One install at a time, in all tabs together. */
export class InstallBusyError extends Error {
	override readonly name = 'InstallBusyError';
	constructor(where: 'this tab' | 'another tab') {
		super(
			`An install is running in ${where} already. Wait until it is done, or pause it there first.`,
		);
	}
}
