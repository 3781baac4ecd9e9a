import { CheckpointError } from './errors.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors.ts';

/** How the tensors of a component are named and cut in the files at hand. */
export type LayoutName =
	/** The official names. */
	| 'diffusers'
	/** Z-Image in one file for ComfyUI: shorter names, q, k and v in one tensor. */
	| 'comfy'
	/** The autoencoder as `ae.safetensors`: names of the latent diffusion code, linear layers as 1x1 convolutions. */
	| 'original';

/** Where the tensors of one component are. */
export interface LayoutIndex {
	readonly component: string;
	readonly layout: LayoutName;
	/** Stands before every name of the component, for example `model.diffusion_model.`; often empty. */
	readonly prefix: string;
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

/** A tensor of a file, or the share of it that one of several official tensors has. */
interface SourceTensor {
	readonly name: string;
	/** Position among query, key and value, which lie one below the other. Absent: the whole tensor. */
	readonly part?: 'query' | 'key' | 'value';
}

/** What is known of a component's files. */
interface ComponentFiles {
	/** For people: what the file should hold. */
	readonly what: string;
	/** The file to get instead. */
	readonly instead: string;
	/** A tensor that this component has in every layout, and no other component. */
	readonly anchor: string;
	/** For each layout a tensor that tells it from the others, as far as there is a choice. */
	readonly layouts: readonly { readonly layout: LayoutName; readonly sign: string }[];
}

const FILES: Readonly<Record<string, ComponentFiles>> = {
	transformer: {
		what: 'the transformer of Z-Image-Turbo',
		instead: 'z_image_turbo_bf16.safetensors',
		anchor: 'cap_embedder.1.weight',
		layouts: [
			{ layout: 'diffusers', sign: 'all_x_embedder.2-1.weight' },
			{ layout: 'comfy', sign: 'x_embedder.weight' },
		],
	},
	text_encoder: {
		what: 'the text encoder Qwen3-4B',
		instead: 'qwen_3_4b.safetensors',
		anchor: 'embed_tokens.weight',
		layouts: [{ layout: 'diffusers', sign: 'embed_tokens.weight' }],
	},
	vae: {
		what: 'the FLUX.1 autoencoder',
		instead: 'ae.safetensors',
		anchor: 'decoder.conv_in.weight',
		layouts: [
			{ layout: 'diffusers', sign: 'decoder.conv_norm_out.weight' },
			{ layout: 'original', sign: 'decoder.norm_out.weight' },
		],
	},
};

/** The text encoder's official names begin with it; files may lack it, or have more before it. */
const TEXT_ENCODER_PREFIX = 'model.';

/**
 * Finds a component in the headers of one or more safetensors files (a checkpoint may come in shards).
 *
 * @throws CheckpointError for files that hold something else, or quantised weights; it names the file to get
 * Source: spec 1.3, 4, 5, 7
 */
export function indexCheckpoint(
	headers: readonly SafetensorsHeader[],
	component: string,
): LayoutIndex {
	const tensors = new Map<string, FileTensor>();
	for (const [file, header] of headers.entries()) {
		for (const [name, tensor] of header.tensors) tensors.set(name, { file, tensor });
	}
	const names = [...tensors.keys()];
	const prefix = findPrefix(names, component);
	refuseQuantised(tensors, prefix ?? '', component);
	if (prefix === undefined) throw notFound(names, component);
	const found = FILES[component].layouts.find(({ sign }) => tensors.has(prefix + sign));
	if (found === undefined) throw notFound(names, component);
	return { component, layout: found.layout, prefix, tensors };
}

/**
 * Where the bytes of a tensor are.
 *
 * @param officialName name in the official (diffusers) checkpoint
 * @param officialShape shape there; extents of 1 may be absent from the file or additional in it
 * @throws CheckpointError if the tensor is absent, has another shape, or a type that cannot be converted
 */
export function resolveTensor(
	index: LayoutIndex,
	officialName: string,
	officialShape: readonly number[],
): TensorLocation {
	const source = sourceOf(index, officialName);
	const sourceName = index.prefix + source.name;
	const found = index.tensors.get(sourceName);
	if (found === undefined) {
		throw new CheckpointError(
			`The checkpoint lacks the tensor ${sourceName}. ${advice(index.component)}`,
		);
	}
	const { file, tensor } = found;
	const { dtype, shape } = tensor;
	if (!CONVERTIBLE.has(dtype)) {
		throw new CheckpointError(
			`The tensor ${sourceName} has the type ${dtype}, which cannot be converted. ${advice(index.component)}`,
		);
	}
	const [allRows = 1, ...rest] = shape;
	const rows = source.part === undefined ? allRows : (officialShape[0] ?? 1);
	const start = firstRow(source.part, rows, allRows, rest[0]);
	if (start < 0 || start + rows > allRows || !sameShape([rows, ...rest], officialShape)) {
		throw new CheckpointError(
			`The tensor ${sourceName} has the shape [${shape.join(', ')}], which does not hold the ` +
				`[${officialShape.join(', ')}] of this model. ${advice(index.component)}`,
		);
	}
	const rowBytes = allRows === 0 ? 0 : tensor.byteLength / allRows;
	return {
		file,
		sourceName,
		dtype,
		byteOffset: tensor.byteOffset + start * rowBytes,
		byteLength: rows * rowBytes,
	};
}

const CONVERTIBLE: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

function sourceOf(index: LayoutIndex, officialName: string): SourceTensor {
	switch (index.layout) {
		case 'comfy':
			return comfySource(officialName);
		case 'original':
			return { name: originalName(officialName, levelsOf(index)) };
		case 'diffusers':
			return { name: withoutOfficialPrefix(index.component, officialName) };
	}
}

/** Source: spec 1.3 */
function comfySource(officialName: string): SourceTensor {
	const projection = /^(.*\.attention)\.to_([qkv])\.weight$/.exec(officialName);
	if (projection !== null) {
		const [, attention, letter] = projection;
		const part = letter === 'q' ? 'query' : letter === 'k' ? 'key' : 'value';
		return { name: `${attention}.qkv.weight`, part };
	}
	const name = officialName
		.replace(/^all_x_embedder\.2-1\./, 'x_embedder.')
		.replace(/^all_final_layer\.2-1\./, 'final_layer.')
		.replace('.attention.to_out.0.', '.attention.out.')
		.replace('.attention.norm_q.', '.attention.q_norm.')
		.replace('.attention.norm_k.', '.attention.k_norm.');
	return { name };
}

/** Source: spec 5; the levels of the decoder are counted from the other end. */
function originalName(officialName: string, levels: number): string {
	return officialName
		.replace(
			/^decoder\.mid_block\.resnets\.(\d+)\./,
			(_, i: string) => `decoder.mid.block_${Number(i) + 1}.`,
		)
		.replace(
			/^decoder\.mid_block\.attentions\.(\d+)\./,
			(_, i: string) => `decoder.mid.attn_${Number(i) + 1}.`,
		)
		.replace(/(\.attn_\d+)\.group_norm\./, '$1.norm.')
		.replace(/(\.attn_\d+)\.to_([qkv])\./, '$1.$2.')
		.replace(/(\.attn_\d+)\.to_out\.0\./, '$1.proj_out.')
		.replace(
			/^decoder\.up_blocks\.(\d+)\./,
			(_, i: string) => `decoder.up.${levels - 1 - Number(i)}.`,
		)
		.replace(/(\.up\.\d+)\.resnets\./, '$1.block.')
		.replace(/(\.up\.\d+)\.upsamplers\.0\./, '$1.upsample.')
		.replace('.conv_shortcut.', '.nin_shortcut.')
		.replace(/^decoder\.conv_norm_out\./, 'decoder.norm_out.');
}

function levelsOf({ prefix, tensors }: LayoutIndex): number {
	let levels = 0;
	while (tensors.has(`${prefix}decoder.up.${levels}.block.0.conv1.weight`)) levels++;
	return levels;
}

function withoutOfficialPrefix(component: string, officialName: string): string {
	return component === 'text_encoder' && officialName.startsWith(TEXT_ENCODER_PREFIX)
		? officialName.slice(TEXT_ENCODER_PREFIX.length)
		: officialName;
}

/**
 * First row of a tensor's share of a fused one, or -1 if it does not fit. Queries are as many as the
 * matrix has columns (heads times head width is the model's width), keys and values share the rest evenly.
 */
function firstRow(
	part: SourceTensor['part'],
	rows: number,
	allRows: number,
	queries: number | undefined,
): number {
	if (part === undefined) return 0;
	if (queries === undefined) return -1;
	if (part === 'query') return rows === queries ? 0 : -1;
	if (queries + 2 * rows !== allRows) return -1;
	return part === 'key' ? queries : queries + rows;
}

/** Whether two shapes differ at most in extents of 1, which do not change the order of the values. */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
	const left = a.filter((extent) => extent !== 1);
	const right = b.filter((extent) => extent !== 1);
	return left.length === right.length && left.every((extent, axis) => extent === right[axis]);
}

/** What stands before a component's names, if the component is there at all; the shortest if it is twice. */
function findPrefix(names: readonly string[], component: string): string | undefined {
	const { anchor } = FILES[component];
	const prefixes = names
		.filter((name) => name === anchor || name.endsWith(`.${anchor}`))
		.map((name) => name.slice(0, name.length - anchor.length));
	return prefixes.sort((a, b) => a.length - b.length)[0];
}

/** Names that only quantised checkpoints have. Source: spec 7.1, 7.3 */
const QUANTISED_NAMES =
	/(^|\.)(scaled_fp8|scale_weight|weight_scale|weight_scale_2|comfy_quant|qweight|wscales)$/;

/** What quantised weights are stored as, by the start of the type's name. */
const QUANTISED_TYPES: readonly { readonly start: string; readonly what: string }[] = [
	{ start: 'F8_', what: 'FP8' },
	{ start: 'F6_', what: 'FP6' },
	{ start: 'F4', what: 'FP4' },
	{ start: 'I8', what: 'INT8' },
	{ start: 'U8', what: '4 bits' },
];

/** @throws CheckpointError if a tensor whose name begins with the prefix is quantised */
function refuseQuantised(
	tensors: ReadonlyMap<string, FileTensor>,
	prefix: string,
	component: string,
): void {
	for (const [name, { tensor }] of tensors) {
		if (!name.startsWith(prefix)) continue;
		const type = name.endsWith('weight')
			? QUANTISED_TYPES.find(({ start }) => tensor.dtype.startsWith(start))
			: undefined;
		if (type === undefined && !QUANTISED_NAMES.test(name)) continue;
		const what = type === undefined ? '' : ` to ${type.what}`;
		throw new CheckpointError(
			`The weights of this checkpoint are quantised${what} (see its tensor ${name}). ` +
				`Shardlight works with full weights only. ${advice(component)}`,
		);
	}
}

function notFound(names: readonly string[], component: string): CheckpointError {
	const others = Object.entries(FILES).filter(
		([name]) => name !== component && findPrefix(names, name) !== undefined,
	);
	const instead = names.some((name) => /\.lora_(A|B|up|down)\./.test(name))
		? 'It is a LoRA. '
		: others.length > 0
			? `It holds ${others.map(([, { what }]) => what).join(' and ')}. `
			: 'If the checkpoint comes in several files, choose all of them. ';
	return new CheckpointError(
		`This checkpoint does not hold ${FILES[component].what}. ${instead}${advice(component)}`,
	);
}

function advice(component: string): string {
	return `Get ${FILES[component].instead}.`;
}
