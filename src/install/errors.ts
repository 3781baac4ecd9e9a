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
