import type { ShardReader } from '../../store/shard-store.ts';
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

/** The header of a file that is stored whole. @throws CheckpointError, and what the reader throws */
export async function readStoredHeader(
	reader: Pick<ShardReader, 'read'>,
	byteLength: number,
): Promise<SafetensorsHeader> {
	const read = async (bytes: number): Promise<Uint8Array<ArrayBuffer>> => {
		const start = new Uint8Array(Math.min(bytes, byteLength));
		await reader.read(0, start);
		return start;
	};
	const start = await read(FIRST_BYTES);
	const needed = Math.min(safetensorsHeaderBytes(start), byteLength);
	return parseSafetensorsHeader(needed > start.byteLength ? await read(needed) : start, byteLength);
}
