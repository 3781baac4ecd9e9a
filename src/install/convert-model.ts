import type { Component } from '../families/parts/block.ts';
import type { FileRecord, ShardRecord } from '../store/model-manifest.ts';
import type { ByteSource } from './byte-source.ts';
import { Checkpoint } from './checkpoint.ts';
import { convertBlock } from './convert-block.ts';
import { sha256 } from './sha256.ts';

export interface ConversionSink {
	/** Stores an object whose record is complete. */
	write(record: FileRecord, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Turns a component's checkpoint into FP16 shards, one per block, each block looking for its tensors: for
 * checkpoints that can be read in any order. `SequentialConversion` does the same in one pass.
 *
 * @throws CheckpointError
 */
export async function convertComponent(
	component: Component,
	weights: readonly ByteSource[],
	sink: ConversionSink,
): Promise<readonly ShardRecord[]> {
	const checkpoint = await Checkpoint.open(weights, component);
	const shards: ShardRecord[] = [];
	for (const block of component.blocks) {
		const { bytes, tensors } = await convertBlock(block, checkpoint);
		const file = await fileRecord(`${component.id}/${block.id}.bin`, bytes);
		const record = { ...file, block: block.id, tensors };
		await sink.write(record, bytes);
		shards.push(record);
	}
	return shards;
}

async function fileRecord(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<FileRecord> {
	return { name, byteLength: bytes.byteLength, sha256: await sha256(bytes) };
}
