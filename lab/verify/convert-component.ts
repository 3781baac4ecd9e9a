import type { Component } from '../../src/families/parts/block.ts';
import { planComponent } from '../../src/install/checkpoint/component-plan.ts';
import { ConversionProgress } from '../../src/install/convert/conversion-progress.ts';
import { fileStreamSource } from '../../src/install/sources/file-stream-source.ts';
import { readHeader } from '../../src/install/checkpoint/read-header.ts';
import { SequentialConversion } from '../../src/install/convert/sequential-conversion.ts';
import { startHasher } from '../../src/install/hash/stream-hasher.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import type { InstallStore } from '../../src/store/shard-store.ts';

/** Converts one component as an install does, without a journal. @throws CheckpointError, StorageFullError */
export async function convertComponent(
	component: Component,
	weights: readonly File[],
	modelId: string,
	store: InstallStore,
): Promise<readonly ShardRecord[]> {
	const files = weights.map((file) => ({ source: fileStreamSource(file.name, file) }));
	const headers = await Promise.all(files.map(({ source }) => readHeader(source)));
	const conversion = new SequentialConversion(planComponent(component, headers), files, {
		...{ modelId, store, startHasher },
		progress: new ConversionProgress(),
		save: async () => undefined,
	});
	return conversion.run();
}
