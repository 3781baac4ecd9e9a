import type { KernelDispatch } from '../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { MATRIX_SIZE, MATRIX_SUBGROUP } from '../../../src/gpu/kernels/matrix/matrix-units.ts';

/** Of a matrix, in each lane. */
const OWN = MATRIX_SIZE ** 2 / MATRIX_SUBGROUP;

/** Each of them rewritten by `emulatedMatrices`. */
export function emulateMatrices<Ref>(
	dispatches: readonly KernelDispatch<Ref>[],
): readonly KernelDispatch<Ref>[] {
	return dispatches.map((dispatch) => ({ ...dispatch, wgsl: emulatedMatrices(dispatch.wgsl) }));
}

/** Makes a device compile kernels for subgroup matrices rewritten. @param alter changes what it compiles */
export function emulateMatricesOn(
	device: GPUDevice,
	alter: (wgsl: string) => string = (wgsl) => wgsl,
): void {
	const create = device.createShaderModule.bind(device);
	device.createShaderModule = (descriptor: GPUShaderModuleDescriptor) => {
		const { code } = descriptor;
		if (!code.includes('enable subgroups;')) return create(descriptor);
		return create({ ...descriptor, code: alter(emulatedMatrices(code)) });
	};
}

/**
 * Rewrites kernels for subgroup matrices so that any adapter runs them. A factor is the place that it was read
 * from, a sum eight numbers in each of 32 threads; what subgroups exchange goes through workgroup memory. The arithmetic
 * is that of matrix units, FP16 factors and f32 sums; the speed is not.
 */
function emulatedMatrices(wgsl: string): string {
	const rows = /struct Job \{\s+(\w+): u32/.exec(wgsl)?.[1] ?? 'rows';
	const arrays = new Set<string>();
	const stored = new Set<string>();
	const main = wgsl
		.replaceAll(/^diagnostic.*\n|^enable (f16|subgroups|chromium_\w+);\n|^alias .*\n/gm, '')
		.replaceAll(
			/\t@builtin\((subgroup_id|subgroup_invocation_id|local_invocation_index)\).*\n/g,
			'',
		)
		.replace(
			/fn main\(([^]*?)\) \{/,
			(_, parameters: string) => `fn main(${parameters}	@builtin(local_invocation_index) thread: u32,
) {
	emulatedThread = thread;
	emulatedSteps = min(${MATRIX_SIZE}u, job.${rows} * ${MATRIX_SIZE}u);
	let subgroup = thread / ${MATRIX_SUBGROUP}u;
	let lane = thread % ${MATRIX_SUBGROUP}u;`,
		)
		.replaceAll(
			/subgroupMatrixLoad<(\w+), (\w+)>\(&(\w+), /g,
			(_, type: string, order: string, array: string) => {
				arrays.add(array);
				const place = `${[...arrays].indexOf(array)}u, ${order === 'row_major'}`;
				return type === 'Sum' ? `loadSum(${place}, ` : `${type}(${place}, `;
			},
		)
		.replaceAll(/subgroupMatrixStore<row_major>\(&(\w+), /g, (_, array: string) => {
			stored.add(array);
			return `store_${array}(`;
		});
	return `${main}
struct Left { array: u32, inRows: bool, offset: u32, stride: u32 }
struct Right { array: u32, inRows: bool, offset: u32, stride: u32 }
struct Sum { own: array<f32, ${OWN}> }
var<private> emulatedThread: u32;
// ${MATRIX_SIZE}, which the compiler does not know: it takes minutes for loops that it writes out.
var<private> emulatedSteps: u32;
var<workgroup> emulatedLanes: array<f32, THREADS>;

fn elementOf(array: u32, inRows: bool, offset: u32, stride: u32, row: u32, column: u32) -> f32 {
	let lines = offset + select(column, row, inRows) * stride;
	let within = select(row, column, inRows);
	switch (array) {
${[...arrays].map((array, id) => `\t\tcase ${id}u: { ${elementWgsl(array, elementOf(wgsl, array))} }`).join('\n')}
		default: { return 0.0; }
	}
}
// Row and column of one of this thread's numbers.
fn placeOf(i: u32) -> vec2u {
	let at = emulatedThread % ${MATRIX_SUBGROUP}u * ${OWN}u + i;
	return vec2u(at / ${MATRIX_SIZE}u, at % ${MATRIX_SIZE}u);
}
fn loadSum(array: u32, inRows: bool, offset: u32, stride: u32) -> Sum {
	var sums = Sum();
	for (var i = 0u; i < emulatedSteps / ${MATRIX_SIZE / OWN}u; i++) {
		let place = placeOf(i);
		sums.own[i] = elementOf(array, inRows, offset, stride, place.x, place.y);
	}
	return sums;
}
fn subgroupMatrixMultiplyAccumulate(a: Left, b: Right, c: Sum) -> Sum {
	var sums = c;
	for (var i = 0u; i < emulatedSteps / ${MATRIX_SIZE / OWN}u; i++) {
		let place = placeOf(i);
		for (var k = 0u; k < emulatedSteps; k++) {
			sums.own[i] += elementOf(a.array, a.inRows, a.offset, a.stride, place.x, k) * elementOf(b.array, b.inRows, b.offset, b.stride, k, place.y);
		}
	}
	return sums;
}
fn shareWithLanes(value: f32) {
	workgroupBarrier();
	emulatedLanes[emulatedThread] = value;
	workgroupBarrier();
}
fn subgroupShuffleXor(value: f32, mask: u32) -> f32 {
	shareWithLanes(value);
	return emulatedLanes[emulatedThread ^ mask];
}
fn subgroupMax(value: f32) -> f32 {
	shareWithLanes(value);
	let first = emulatedThread / ${MATRIX_SUBGROUP}u * ${MATRIX_SUBGROUP}u;
	var largest = emulatedLanes[first];
	for (var i = 1u; i < ${MATRIX_SUBGROUP}u; i++) { largest = max(largest, emulatedLanes[first + i]); }
	return largest;
}
fn subgroupAny(value: bool) -> bool { return subgroupMax(select(0.0, 1.0, value)) == 1.0; }
${[...stored].map((array) => storeWgsl(array, elementOf(wgsl, array))).join('')}`;
}

/** Type of a declared array's elements. */
function elementOf(wgsl: string, array: string): string {
	const element = new RegExp(`> ${array}: array<(f32|vec4f|vec4u)[,>]`).exec(wgsl)?.[1];
	if (element === undefined) throw new Error(`The kernel declares no array ${array}`);
	return element;
}

function elementWgsl(array: string, element: string): string {
	const [per, value] = {
		f32: [1, `${array}[at]`],
		vec4f: [4, `${array}[at / 4u][at % 4u]`],
		vec4u: [8, `unpack2x16float(${array}[at / 8u][at / 2u % 4u])[at % 2u]`],
	}[element as 'f32' | 'vec4f' | 'vec4u'];
	return `let at = lines * ${per}u + within; return ${value};`;
}

function storeWgsl(array: string, element: string): string {
	const at = element === 'vec4f' ? '[at / 4u][at % 4u]' : '[at]';
	const per = element === 'vec4f' ? 4 : 1;
	return `fn store_${array}(offset: u32, matrix: Sum, stride: u32) {
	for (var i = 0u; i < emulatedSteps / ${MATRIX_SIZE / OWN}u; i++) {
		let place = placeOf(i);
		let at = (offset + place.x * stride) * ${per}u + place.y;
		${array}${at} = matrix.own[i];
	}
}
`;
}
