import type { Component } from '../families/block.ts';
import { buildModel, type ModelComponents } from '../families/model-family.ts';
import type { FileRecord, ModelManifest, ShardRecord } from '../store/model-manifest.ts';
import type { ByteSource } from './byte-source.ts';
import { Checkpoint } from './checkpoint.ts';
import { convertBlock } from './convert-block.ts';
import { sha256 } from './sha256.ts';

/** A model's files as their publisher names them. */
export interface ModelFiles {
	readonly text_encoder: ComponentFiles;
	readonly transformer: ComponentFiles;
	readonly vae: ComponentFiles;
	readonly tokenizer: {
		readonly vocabulary: Uint8Array<ArrayBuffer>;
		readonly config: Uint8Array<ArrayBuffer>;
	};
}

export interface ComponentFiles {
	/** Parsed config.json. */
	readonly config: unknown;
	/** One or more safetensors files. */
	readonly weights: readonly ByteSource[];
}

/** What the files themselves do not say. */
export type ModelCard = Pick<
	ModelManifest,
	'id' | 'name' | 'family' | 'source' | 'sizes' | 'defaultSteps' | 'examples'
>;

export interface ConversionSink {
	/** Stores an object whose record is complete. */
	write(record: FileRecord, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Turns checkpoints into FP16 shards, one per block, and the manifest that lists them.
 *
 * @throws CheckpointError, ConfigError
 */
export async function convertModel(
	card: ModelCard,
	files: ModelFiles,
	sink: ConversionSink,
): Promise<ModelManifest> {
	const model = buildModel(card.family, {
		text_encoder: files.text_encoder.config,
		transformer: files.transformer.config,
		vae: files.vae.config,
	});
	const component = async (name: keyof ModelComponents) => ({
		config: files[name].config,
		shards: await convertComponent(model[name], files[name].weights, sink),
	});
	return {
		version: 1,
		...card,
		tokenizer: {
			vocabulary: await writeFile('tokenizer/tokenizer.json', files.tokenizer.vocabulary, sink),
			config: await writeFile('tokenizer/tokenizer_config.json', files.tokenizer.config, sink),
		},
		components: {
			text_encoder: await component('text_encoder'),
			transformer: await component('transformer'),
			vae: await component('vae'),
		},
	};
}

/** @throws CheckpointError */
export async function convertComponent(
	component: Component,
	weights: readonly ByteSource[],
	sink: ConversionSink,
): Promise<readonly ShardRecord[]> {
	const checkpoint = await Checkpoint.open(weights, component.name);
	const shards: ShardRecord[] = [];
	for (const block of component.blocks) {
		const { bytes, tensors } = await convertBlock(block, checkpoint);
		const file = await fileRecord(`${component.name}/${block.id}.bin`, bytes);
		const record = { ...file, block: block.id, tensors };
		await sink.write(record, bytes);
		shards.push(record);
	}
	return shards;
}

async function writeFile(
	name: string,
	bytes: Uint8Array<ArrayBuffer>,
	sink: ConversionSink,
): Promise<FileRecord> {
	const record = await fileRecord(name, bytes);
	await sink.write(record, bytes);
	return record;
}

async function fileRecord(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<FileRecord> {
	return { name, byteLength: bytes.byteLength, sha256: await sha256(bytes) };
}
