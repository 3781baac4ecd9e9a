import type { Component } from '../families/parts/block.ts';
import type { ByteSource } from './byte-source.ts';
import { indexCheckpoint, type LayoutIndex, resolveTensor } from './checkpoint-layouts.ts';
import type { CheckpointTensors } from './convert-block.ts';
import { convertToF16 } from './convert-to-f16.ts';
import { readSafetensorsHeader } from './read-numeric-tensors.ts';

/** One component's safetensors files, of any layout, read tensor by tensor. */
export class Checkpoint implements CheckpointTensors {
	readonly #sources: readonly ByteSource[];
	readonly #index: LayoutIndex;
	#subnormals = 0;

	private constructor(sources: readonly ByteSource[], index: LayoutIndex) {
		this.#sources = sources;
		this.#index = index;
	}

	/** @throws CheckpointError if the files are damaged, quantised or of something else */
	static async open(
		sources: readonly ByteSource[],
		{ files }: Pick<Component, 'files'>,
	): Promise<Checkpoint> {
		const headers = await Promise.all(sources.map(readSafetensorsHeader));
		return new Checkpoint(sources, indexCheckpoint(headers, files));
	}

	/** Values read so far that FP16 holds with fewer than 11 bits. */
	get subnormals(): number {
		return this.#subnormals;
	}

	async read(officialName: string, shape: readonly number[]): Promise<Uint16Array<ArrayBuffer>> {
		const { file, dtype, byteOffset, byteLength } = resolveTensor(this.#index, officialName, shape);
		const source = this.#sources[file];
		if (source === undefined) throw new RangeError(`There is no file ${file}.`);
		const bytes = await source.read(byteOffset, byteLength);
		const { f16, subnormals } = convertToF16({ dtype, bytes }, officialName);
		this.#subnormals += subnormals;
		return f16;
	}
}
