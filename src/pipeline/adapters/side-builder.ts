import { elementCount } from '../../gpu/gpu-tensor.ts';
import { extent } from '../../graph/extent.ts';
import type { WeightFormat, WeightValue } from '../../graph/graph.ts';
import type { AdapterReaders, FactorValues } from './factor-values.ts';

/** Strengths of adapters, by hash. */
export type AdapterStrengths = ReadonlyMap<string, number>;

/** Puts a factor's values into its place, which holds zeros. */
export type FillFactor = (target: FactorValues, readers: AdapterReaders) => Promise<void>;

/** Numbers that depend on strengths, into their place, which holds zeros. */
export type FillGain = (target: Float32Array<ArrayBuffer>, strengths: AdapterStrengths) => void;

export interface SideRange {
	/** A multiple of 256. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** Tensors one after another, at offsets that WebGPU binds. */
export interface SideTable {
	readonly tensors: ReadonlyMap<string, SideRange>;
	readonly byteLength: number;
}

/** What adapters bring beside a block's shard. */
export interface SideTensors {
	/** Equal where all tensors have the same names, shapes and formats. */
	readonly key: string;
	/** Do not depend on strengths. */
	readonly factors: SideTable;
	/** f32. */
	readonly gains: SideTable;
	/** All factors, in their table's places. Read and arranged once. */
	readFactors(readers: AdapterReaders): Promise<Uint8Array<ArrayBuffer>>;
	/** All gains, in their table's places. */
	gainsAt(strengths: AdapterStrengths): Float32Array<ArrayBuffer>;
}

const ALIGNMENT_BYTES = 256;
const FORMAT_BYTES = { f16: 2, bf16: 2, f32: 4 };

/** Collects the tensors of one block's adapters, as its graph names them. */
export class SideBuilder {
	readonly #factors: { readonly weight: WeightValue; readonly fill: FillFactor }[] = [];
	readonly #gains: { readonly weight: WeightValue; readonly fill: FillGain }[] = [];

	/** One that was asked for before is the same. */
	factor(
		tensor: string,
		shape: readonly number[],
		format: WeightFormat,
		fill: FillFactor,
	): WeightValue {
		const known = this.#factors.find(({ weight }) => weight.tensor === tensor);
		if (known !== undefined) return known.weight;
		const weight = { type: 'weight', tensor, shape: shape.map(extent), format } as const;
		this.#factors.push({ weight, fill });
		return weight;
	}

	/** As `factor`. */
	gain(tensor: string, shape: readonly number[], fill: FillGain): WeightValue {
		const known = this.#gains.find(({ weight }) => weight.tensor === tensor);
		if (known !== undefined) return known.weight;
		const weight = { type: 'weight', tensor, shape: shape.map(extent), format: 'f32' } as const;
		this.#gains.push({ weight, fill });
		return weight;
	}

	build(): SideTensors {
		const [factorList, gainList] = [this.#factors, this.#gains];
		const factors = tableOf(factorList.map(({ weight }) => weight));
		const gains = tableOf(gainList.map(({ weight }) => weight));
		let read: Promise<Uint8Array<ArrayBuffer>> | undefined;
		const readAll = async (readers: AdapterReaders): Promise<Uint8Array<ArrayBuffer>> => {
			const bytes = new Uint8Array(factors.byteLength);
			for (const { weight, fill } of factorList) {
				await fill(placeIn(bytes.buffer, weight, factors), readers);
			}
			return bytes;
		};
		return {
			key: JSON.stringify([...factorList, ...gainList].map(({ weight }) => weight)),
			...{ factors, gains },
			readFactors(readers) {
				read ??= readAll(readers);
				// A file that could not be read may be there the next time.
				read.catch(() => (read = undefined));
				return read;
			},
			gainsAt(strengths) {
				const values = new Float32Array(gains.byteLength / FORMAT_BYTES.f32);
				for (const { weight, fill } of gainList) {
					const place = placeIn(values.buffer, weight, gains);
					if (place instanceof Float32Array) fill(place, strengths);
				}
				return values;
			},
		};
	}
}

function tableOf(weights: readonly WeightValue[]): SideTable {
	let byteOffset = 0;
	const tensors = new Map<string, SideRange>();
	for (const weight of weights) {
		const byteLength = elementsOf(weight) * FORMAT_BYTES[weight.format];
		tensors.set(weight.tensor, { byteOffset, byteLength });
		byteOffset += Math.ceil(byteLength / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
	}
	return { tensors, byteLength: byteOffset };
}

function placeIn(buffer: ArrayBuffer, weight: WeightValue, { tensors }: SideTable): FactorValues {
	const byteOffset = tensors.get(weight.tensor)?.byteOffset ?? 0;
	const length = elementsOf(weight);
	return weight.format === 'f32'
		? new Float32Array(buffer, byteOffset, length)
		: new Uint16Array(buffer, byteOffset, length);
}

function elementsOf({ shape }: WeightValue): number {
	return elementCount(shape.map(({ factor }) => factor));
}
