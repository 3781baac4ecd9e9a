import type { MatrixSyntax } from '../dispatch/kernel-dispatch.ts';
import { wgsl } from '../wgsl/wgsl.ts';

/** What the device must have been asked for. */
export const MATRIX_FEATURES = [
	'shader-f16',
	'subgroups',
	'chromium-experimental-subgroup-matrix',
] as const;

/** Rows, columns and depth of the matrices that a subgroup multiplies at once. */
export const MATRIX_SIZE = 16;
export const MATRIX_ELEMENTS = MATRIX_SIZE ** 2;
/** Kernels count on subgroups of this many threads. */
export const MATRIX_SUBGROUP = 32;
/** In a vec4u, as which kernels move FP16 numbers. */
export const HALVES_PER_VECTOR = 8;

/** In which order a matrix lies in memory. */
export type MatrixOrder = 'rows' | 'columns';

/** At the head of every kernel on matrix units. */
export const MATRIX_HEAD_WGSL = wgsl`
	diagnostic(off, chromium.subgroup_matrix_uniformity);
	enable f16;
	enable subgroups;
	enable chromium_experimental_subgroup_matrix;

	alias Left = subgroup_matrix_left<f16, ${MATRIX_SIZE}, ${MATRIX_SIZE}>;
	alias Right = subgroup_matrix_right<f16, ${MATRIX_SIZE}, ${MATRIX_SIZE}>;
	alias Sum = subgroup_matrix_result<f32, ${MATRIX_SIZE}, ${MATRIX_SIZE}>;
`;

/** Where a matrix lies in an array, in elements of the array, which may be vectors. */
export interface MatrixPlace {
	/** WGSL */
	readonly offset: string;
	readonly order: MatrixOrder;
	/** WGSL: from one row (or column) to the next. */
	readonly stride: string;
}

/** WGSL that reads a matrix. */
export function matrixLoad(
	syntax: MatrixSyntax,
	type: 'Left' | 'Right' | 'Sum',
	array: string,
	{ offset, order, stride }: MatrixPlace,
): string {
	return syntax === 'template'
		? `subgroupMatrixLoad<${type}, ${ORDERS[order]}>(&${array}, ${offset}, ${stride})`
		: `subgroupMatrixLoad<${type}>(&${array}, ${offset}, ${order === 'columns'}, ${stride})`;
}

/** WGSL that writes one, row by row. @param offset and `stride` in elements of the array */
export function matrixStore(
	syntax: MatrixSyntax,
	array: string,
	offset: string,
	value: string,
	stride: string,
): string {
	return syntax === 'template'
		? `subgroupMatrixStore<row_major>(&${array}, ${offset}, ${value}, ${stride});`
		: `subgroupMatrixStore(&${array}, ${offset}, ${value}, false, ${stride});`;
}

const ORDERS = { rows: 'row_major', columns: 'col_major' } as const;

/** The smallest shader that tells whether a device's compiler knows a syntax. */
export function matrixProbeWgsl(syntax: MatrixSyntax): string {
	return wgsl`
		${MATRIX_HEAD_WGSL}
		@group(0) @binding(0) var<storage, read_write> y: array<f32>;
		@compute @workgroup_size(${MATRIX_SUBGROUP}) fn main() { ${matrixStore(syntax, 'y', '0u', 'Sum()', `${MATRIX_SIZE}u`)} }
	`;
}
