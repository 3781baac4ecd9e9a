import { convertToF16 } from './convert-to-f16.ts';
import type { ByteSource } from './byte-source.ts';
import type { CheckpointTensors } from './convert-block.ts';
import { CheckpointError } from './errors.ts';
import { readSafetensorsHeader } from './read-numeric-tensors.ts';
import type { SafetensorsTensor } from './safetensors.ts';

export class Checkpoint implements CheckpointTensors {
	readonly #tensors: ReadonlyMap<string, { source: ByteSource; tensor: SafetensorsTensor }>;
	private constructor(tensors: ReadonlyMap<string, { source: ByteSource; tensor: SafetensorsTensor }>) {
		this.#tensors = tensors;
	}
	static async open(sources: readonly ByteSource[], _kind: string): Promise<Checkpoint> {
		const tensors = new Map<string, { source: ByteSource; tensor: SafetensorsTensor }>();
		for (const source of sources) {
			const header = await readSafetensorsHeader(source);
			for (const [name, tensor] of header.tensors) tensors.set(name, { source, tensor });
		}
		return new Checkpoint(tensors);
	}
	async read(officialName: string, _shape: readonly number[]): Promise<Uint16Array> {
		const found = this.#tensors.get(officialName);
		if (found === undefined) throw new CheckpointError(`no ${officialName}`);
		const { source, tensor } = found;
		const bytes = await source.read(tensor.byteOffset, tensor.byteLength);
		return convertToF16({ dtype: tensor.dtype, bytes }, officialName).f16;
	}
}
