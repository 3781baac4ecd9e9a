import { wgsl } from './wgsl.ts';

const BYTES = { u32: 4, f32: 4, vec4u: 16 };

type FieldType = keyof typeof BYTES;
type FieldValue<Type extends FieldType> = Type extends 'vec4u' ? readonly number[] : number;

/** The uniform at binding 0: what one dispatch differs by from the next. */
export interface JobLayout<Fields extends Readonly<Record<string, FieldType>>> {
	/** Declares `job`. */
	readonly wgsl: string;
	encode(values: {
		readonly [Name in keyof Fields]: FieldValue<Fields[Name]>;
	}): Uint32Array<ArrayBuffer>;
}

/** Fields of type u32. */
export function u32<const Name extends string>(...names: readonly Name[]): Record<Name, 'u32'> {
	return Object.fromEntries(names.map((name) => [name, 'u32'])) as Record<Name, 'u32'>;
}

/** A job's declaration and its encoder, from one list of fields in their order. */
export function jobLayout<const Fields extends Readonly<Record<string, FieldType>>>(
	fields: Fields,
): JobLayout<Fields> {
	let end = 0;
	const places = Object.entries(fields).map(([name, type]) => {
		const byteOffset = Math.ceil(end / BYTES[type]) * BYTES[type];
		end = byteOffset + BYTES[type];
		return { name, type, byteOffset };
	});
	const byteLength = Math.ceil(end / 16) * 16;
	return {
		wgsl: wgsl`
			struct Job {
				${places.map(({ name, type }) => `${name}: ${type},`)}
			}
			@group(0) @binding(0) var<uniform> job: Job;
		`,
		encode(values) {
			const job = new Uint32Array(byteLength / 4);
			const floats = new Float32Array(job.buffer);
			for (const { name, type, byteOffset } of places) {
				const value: number | readonly number[] = values[name] ?? NaN;
				const numbers = typeof value === 'number' ? [value] : value;
				(type === 'f32' ? floats : job).set(numbers, byteOffset / 4);
			}
			return job;
		},
	};
}
