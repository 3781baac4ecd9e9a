import type { BlockTensor, Component } from '../families/parts/block.ts';
import type { ModuleTarget } from './adapter.ts';
import { flatten } from './key-role.ts';

/** What of a model a name in an adapter's file stands for. */
export interface TargetEntry {
	/** Whether the name is the official one: where a file says a change twice, this one is applied. */
	readonly isOfficial: boolean;
	/** Of all targets together. A vector, such as a norm or a pad token, has one column. */
	readonly rows: number;
	readonly columns: number;
	/** In the order of their rows. */
	readonly targets: readonly ModuleTarget[];
	readonly bias?: ModuleTarget;
}

/** By flattened name: `layers_0_attention_qkv`. */
export type TargetTable = ReadonlyMap<string, TargetEntry>;

/**
 * All names under which adapters may change a component's tensors: the official ones, those of other
 * layouts of its checkpoint (where q, k and v are one), and what diffusers once called `to_out`.
 */
export function targetTable({ blocks, files }: Pick<Component, 'blocks' | 'files'>): TargetTable {
	const tensors = new Map(
		blocks.flatMap((block) => block.tensors.map((tensor) => [tensor.sourceName, tensor])),
	);
	const table = new Map<string, TargetEntry>();
	const add = (name: string, parts: readonly BlockTensor[], isOfficial: boolean): void => {
		const key = flatten(moduleName(name));
		if (!table.has(key)) table.set(key, entryOf(parts, tensors, isOfficial));
	};
	const weights = [...tensors.values()].filter(({ sourceName }) => !isBias(sourceName));
	for (const weight of weights) add(weight.sourceName, [weight], true);
	for (const layout of files.layouts) {
		const named = new Map<string, { first: number; weight: BlockTensor }[]>();
		for (const weight of weights) {
			const { name, rows } = layout.locate(weight.sourceName, weight.sourceShape, new Set());
			const part = { first: rows?.first ?? 0, weight };
			named.set(name, [...(named.get(name) ?? []), part]);
		}
		for (const [name, parts] of named) {
			parts.sort((one, other) => one.first - other.first);
			add(
				name,
				parts.map(({ weight }) => weight),
				false,
			);
		}
	}
	for (const weight of weights) {
		const shorter = weight.sourceName.replace(/\.to_out\.0\.weight$/, '.to_out');
		if (shorter !== weight.sourceName) add(shorter, [weight], false);
	}
	return table;
}

/** Whether a tensor has rows and columns, and is not a vector that a side path replaces whole. */
export function isMatrix({ columns }: Pick<TargetEntry, 'columns'>): boolean {
	return columns > 1;
}

/** Official name of the weight that a tensor belongs to, which is the tensor itself unless it is a bias. */
export function weightName(tensor: string): string {
	return isBias(tensor) ? `${tensor.slice(0, -BIAS.length)}${WEIGHT}` : tensor;
}

const WEIGHT = '.weight';
const BIAS = '.bias';

function isBias(name: string): boolean {
	return name.endsWith(BIAS);
}

/** Pad tokens have no ending. */
function moduleName(tensor: string): string {
	return tensor.endsWith(WEIGHT) ? tensor.slice(0, -WEIGHT.length) : tensor;
}

function entryOf(
	parts: readonly BlockTensor[],
	tensors: ReadonlyMap<string, BlockTensor>,
	isOfficial: boolean,
): TargetEntry {
	const targets: ModuleTarget[] = [];
	let rows = 0;
	for (const { sourceName, sourceShape } of parts) {
		const target = { tensor: sourceName, firstRow: rows, rows: extents(sourceShape)[0] };
		targets.push(target);
		rows += target.rows;
	}
	const [first] = parts;
	const bias = tensors.get(`${moduleName(first.sourceName)}${BIAS}`);
	const [, columns] = extents(first.sourceShape);
	const entry = { isOfficial, rows, columns, targets };
	if (bias === undefined || parts.length > 1) return entry;
	const { sourceName: tensor, sourceShape } = bias;
	return { ...entry, bias: { tensor, firstRow: 0, rows: extents(sourceShape)[0] } };
}

function extents(shape: readonly number[]): readonly [rows: number, columns: number] {
	const [rows = 1, columns = 1] = shape.filter((extent) => extent !== 1);
	return [rows, columns];
}
