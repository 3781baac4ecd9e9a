import type { CheckpointFiles, CheckpointLayout } from '../../families/parts/checkpoint-files.ts';
import type { BlockTensor } from '../../families/parts/block.ts';
import { CheckpointError } from '../errors.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors.ts';

/** Where the tensors of one component are. */
export interface LayoutIndex {
	readonly files: CheckpointFiles;
	readonly layout: CheckpointLayout;
	/** Stands before every name of the component, for example `model.diffusion_model.`; often empty. */
	readonly prefix: string;
	/** Of the tensors that have it, what comes after the prefix. */
	readonly names: ReadonlySet<string>;
	/** Tensors of all files by their name in the file. */
	readonly tensors: ReadonlyMap<string, FileTensor>;
}

interface FileTensor {
	/** Which of the headers describes the tensor. */
	readonly file: number;
	readonly tensor: SafetensorsTensor;
}

/** The bytes that make up one official tensor: a whole tensor of a file, or a range of its rows. */
export interface TensorLocation {
	/** Index of the file among those indexed. */
	readonly file: number;
	/** Name in the file. */
	readonly sourceName: string;
	/** `F32`, `F16` or `BF16`. */
	readonly dtype: string;
	/** Bytes from the start of the file. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/**
 * Finds a component in the headers of one or more safetensors files (a checkpoint may come in shards).
 *
 * @param siblings the model's other components, to say what files hold instead
 * @throws CheckpointError for files that hold something else, or quantised weights; it names the file to get
 */
export function indexCheckpoint(
	headers: readonly SafetensorsHeader[],
	files: CheckpointFiles,
	siblings: readonly CheckpointFiles[] = [],
): LayoutIndex {
	const tensors = new Map<string, FileTensor>();
	for (const [file, header] of headers.entries()) {
		for (const [name, tensor] of header.tensors) tensors.set(name, { file, tensor });
	}
	const all = [...tensors.keys()];
	const prefix = findPrefix(all, files);
	const similar = files.similar?.find(
		({ tensor }) => tensor && all.some((name) => tensor.test(name)),
	);
	if (similar !== undefined) {
		const { what, instead: get } = files;
		throw new CheckpointError({ problem: 'other-contents', what, holds: [similar.what], get });
	}
	refuseQuantised(tensors, prefix ?? '', files);
	if (prefix === undefined) throw notFound(all, files, siblings);
	const layout = files.layouts.find(({ sign }) => tensors.has(prefix + sign));
	if (layout === undefined) throw notFound(all, files, siblings);
	const own = all.filter((name) => name.startsWith(prefix));
	const names = new Set(own.map((name) => name.slice(prefix.length)));
	return { files, layout, prefix, names, tensors };
}

/**
 * Where the bytes of a tensor are.
 *
 * @param officialName name in the official (diffusers) checkpoint
 * @param officialShape shape there; extents of 1 may be absent from the file or additional in it
 * @throws CheckpointError if the tensor is absent, has another shape, or a type that cannot be converted
 */
export function resolveTensor(
	{ files, layout, prefix, names, tensors }: LayoutIndex,
	officialName: string,
	officialShape: readonly number[],
): TensorLocation {
	const place = layout.locate(officialName, officialShape, names);
	const sourceName = prefix + place.name;
	const get = files.instead;
	const found = tensors.get(sourceName);
	if (found === undefined) {
		throw new CheckpointError({ problem: 'tensor-missing', tensor: sourceName, get });
	}
	const { file, tensor } = found;
	const { dtype, shape } = tensor;
	if (!CONVERTIBLE.has(dtype)) {
		throw new CheckpointError({ problem: 'tensor-type', tensor: sourceName, dtype, get });
	}
	const [allRows = 1, ...rest] = shape;
	const { first, of = allRows } = place.rows ?? { first: 0 };
	const rows = place.rows === undefined ? allRows : (officialShape[0] ?? 1);
	if (of !== allRows || first + rows > allRows || !sameShape([rows, ...rest], officialShape)) {
		throw new CheckpointError({
			...{ problem: 'tensor-shape', tensor: sourceName, get },
			...{ shape, expected: officialShape },
		});
	}
	const rowBytes = allRows === 0 ? 0 : tensor.byteLength / allRows;
	return {
		file,
		sourceName,
		dtype,
		byteOffset: tensor.byteOffset + first * rowBytes,
		byteLength: rows * rowBytes,
	};
}

const CONVERTIBLE: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

/** Whether two shapes differ at most in extents of 1, which do not change the order of the values. */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
	const left = a.filter((extent) => extent !== 1);
	const right = b.filter((extent) => extent !== 1);
	return left.length === right.length && left.every((extent, axis) => extent === right[axis]);
}

/** How many of a component's tensors files have by name, from 0 to 1, whatever their types and shapes. */
export function shareOfNames(
	headers: readonly SafetensorsHeader[],
	files: CheckpointFiles,
	tensors: readonly Pick<BlockTensor, 'sourceName' | 'sourceShape'>[],
): number {
	const all = new Set(headers.flatMap((header) => [...header.tensors.keys()]));
	const prefix = findPrefix([...all], files);
	const layout = files.layouts.find(({ sign }) => prefix !== undefined && all.has(prefix + sign));
	if (prefix === undefined || layout === undefined) return 0;
	const names = new Set([...all].map((name) => name.slice(prefix.length)));
	const found = tensors.filter(({ sourceName, sourceShape }) =>
		names.has(layout.locate(sourceName, sourceShape, names).name),
	);
	return found.length / tensors.length;
}

/** What stands before a component's names, if the component is there at all; the shortest if it is twice. */
function findPrefix(names: readonly string[], { anchor }: CheckpointFiles): string | undefined {
	const prefixes = names
		.filter((name) => name === anchor || name.endsWith(`.${anchor}`))
		.map((name) => name.slice(0, name.length - anchor.length));
	return prefixes.sort((a, b) => a.length - b.length)[0];
}

/**
 * Names that only quantised checkpoints have: ComfyUI's, GPTQ's and AWQ's, bitsandbytes', Nunchaku's.
 * Source: docs/spec/z-image-turbo.md 7.1, 7.3
 */
const QUANTISED_NAMES =
	/(^|\.)(scaled_fp8|scale_weight|scale_input|input_scale|weight_scale(_inv|_2)?|comfy_quant|qweight|qzeros|g_idx|w?cscales|wscales|wtscale|absmax|nested_absmax|quant_map|quant_state\..+|SCB)$/;

/** What quantised weights are stored as, by the start of the type's name. */
const QUANTISED_TYPES: readonly { readonly start: string; readonly format: string }[] = [
	{ start: 'F8_', format: 'FP8' },
	{ start: 'F6_', format: 'FP6' },
	{ start: 'F4', format: 'FP4' },
	{ start: 'I8', format: 'INT8' },
	{ start: 'U8', format: '4 bits' },
];

/** @throws CheckpointError if a tensor whose name begins with the prefix is quantised */
function refuseQuantised(
	tensors: ReadonlyMap<string, FileTensor>,
	prefix: string,
	files: CheckpointFiles,
): void {
	for (const [name, { tensor }] of tensors) {
		if (!name.startsWith(prefix)) continue;
		const type = name.endsWith('weight')
			? QUANTISED_TYPES.find(({ start }) => tensor.dtype.startsWith(start))
			: undefined;
		if (type === undefined && !QUANTISED_NAMES.test(name)) continue;
		const get = files.instead;
		throw new CheckpointError({ problem: 'quantised', tensor: name, format: type?.format, get });
	}
}

function notFound(
	names: readonly string[],
	files: CheckpointFiles,
	siblings: readonly CheckpointFiles[],
): CheckpointError {
	const { what, instead: get } = files;
	if (names.some((name) => /\.lora_(A|B|up|down)\./.test(name))) {
		return new CheckpointError({ problem: 'lora', what, get });
	}
	const holds = siblings
		.filter((each) => each !== files && findPrefix(names, each) !== undefined)
		.map((each) => each.what);
	return new CheckpointError({ problem: 'other-contents', what, holds, get });
}
