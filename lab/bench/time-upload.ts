import type { GpuContext } from '../../src/gpu/gpu-context.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import type { ShardStore } from '../../src/store/shard-store.ts';
import { BlockStream } from '../../src/streaming/block-stream.ts';
import { planResidency } from '../../src/streaming/residency-plan.ts';

export interface UploadTiming {
	readonly bytes: number;
	readonly milliseconds: number;
	readonly gigabytesPerSecond: number;
}

export interface UploadOptions {
	/** Of all staging buffers together; a block's where not given. */
	readonly stagingBytes?: number;
	readonly maxChunkBytes?: number;
}

const READ_BYTES = 32 * 2 ** 20;

/** Streams shards to the GPU as sampling does, with no work between them. */
export async function timeUpload(
	context: GpuContext,
	store: ShardStore,
	modelId: string,
	shards: readonly ShardRecord[],
	{ stagingBytes, maxChunkBytes }: UploadOptions = {},
): Promise<UploadTiming> {
	const order = shards.map((shard) => ({ id: shard.block, shard, bytes: shard.byteLength }));
	const bytes = order.reduce((sum, shard) => sum + shard.bytes, 0);
	const largest = Math.max(...order.map((shard) => shard.bytes));
	const plan = planResidency({ order, bytes: 3 * largest });
	await using stream = new BlockStream({
		...{ context, store, modelId, order },
		plan: stagingBytes === undefined ? plan : { ...plan, stagingBytes },
		...(maxChunkBytes === undefined ? {} : { maxChunkBytes }),
	});
	const started = performance.now();
	for (const { id } of order) await stream.next(id);
	await context.idle();
	return timing(bytes, performance.now() - started);
}

/** Reads shards into memory of ours, without a GPU. */
export async function timeRead(
	store: ShardStore,
	modelId: string,
	shards: readonly ShardRecord[],
): Promise<UploadTiming> {
	const target = new Uint8Array(READ_BYTES);
	let bytes = 0;
	const started = performance.now();
	for (const shard of shards) {
		const reader = await store.open(modelId, shard);
		try {
			for (let at = 0; at < shard.byteLength; at += READ_BYTES) {
				await reader.read(at, target.subarray(0, Math.min(READ_BYTES, shard.byteLength - at)));
			}
		} finally {
			reader.close();
		}
		bytes += shard.byteLength;
	}
	return timing(bytes, performance.now() - started);
}

function timing(bytes: number, milliseconds: number): UploadTiming {
	return { bytes, milliseconds, gigabytesPerSecond: bytes / milliseconds / 1e6 };
}
