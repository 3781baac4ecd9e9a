import { CheckpointError } from '../errors.ts';
import {
	parseSafetensorsHeader,
	type SafetensorsHeader,
	safetensorsHeaderBytes,
} from './safetensors.ts';
import { readStart, type StreamSource } from '../stream-source.ts';

/** Asked for at first: Z-Image-Turbo's header has 49 KB. */
const FIRST_BYTES = 2 ** 17;

/** Reads the header of a safetensors file. @throws CheckpointError that names the file, DownloadError */
export async function readHeader(
	source: StreamSource,
	signal?: AbortSignal,
): Promise<SafetensorsHeader> {
	try {
		let start = await readStart(source, FIRST_BYTES, signal);
		const needed = Math.min(safetensorsHeaderBytes(start), source.byteLength);
		if (needed > start.byteLength) start = await readStart(source, needed, signal);
		return parseSafetensorsHeader(start, source.byteLength);
	} catch (error) {
		if (!(error instanceof CheckpointError)) throw error;
		throw new CheckpointError(error.data, source.name);
	}
}
