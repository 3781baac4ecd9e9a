import type { InstallStore } from '../store/shard-store.ts';
import type { ReportLine } from './machine-report.ts';
import { gigabytesPerSecond } from './time-queue.ts';

const MODEL = 'machine test';
/** What an install of the published model asks for, with room to spare. */
const ROOM_BYTES = 25e9;
const PIECE_BYTES = 32 * 2 ** 20;

/** Whether there is room for a model, and how fast shards are written and read. @param byteLength of the file */
export async function timeDisk(
	store: InstallStore,
	byteLength: number,
): Promise<readonly ReportLine[]> {
	const object = { name: 'scratch', byteLength };
	const room = await store.checkRoom(MODEL, ROOM_BYTES).then(
		() => 'granted',
		(error: unknown) => `refused: ${String(error)}`,
	);
	const lines: ReportLine[] = [[`room for ${ROOM_BYTES / 1e9} GB`, room]];
	const buffer = new Uint8Array(Math.min(PIECE_BYTES, byteLength)).fill(1);
	const timed = async (name: string, work: () => Promise<void>): Promise<void> => {
		const started = performance.now();
		await work();
		lines.push([name, gigabytesPerSecond(byteLength, performance.now() - started)]);
	};
	const pieces = Array.from({ length: Math.ceil(byteLength / PIECE_BYTES) }, (_, index) => ({
		at: index * PIECE_BYTES,
		length: Math.min(PIECE_BYTES, byteLength - index * PIECE_BYTES),
	}));
	try {
		await timed('write', async () => {
			const writer = await store.openWriter(MODEL, object);
			try {
				for (const { at, length } of pieces) await writer.write(at, buffer.subarray(0, length));
				await writer.commit();
			} catch (error) {
				await writer.abort();
				throw error;
			}
		});
		for (const name of ['first read', 'second read']) {
			await timed(name, async () => {
				const reader = await store.open(MODEL, object);
				try {
					for (const { at, length } of pieces) await reader.read(at, buffer.subarray(0, length));
				} finally {
					reader.close();
				}
			});
		}
	} finally {
		await store.deleteObjects(MODEL);
	}
	return lines;
}
