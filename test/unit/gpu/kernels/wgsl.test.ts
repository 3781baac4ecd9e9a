import { describe, expect, it } from 'vitest';
import { Bindings, read, readWrite } from '../../../../src/gpu/kernels/wgsl/bindings.ts';
import { cooperativePieces, forPieces } from '../../../../src/gpu/kernels/wgsl/cooperative-load.ts';
import { jobLayout, u32 } from '../../../../src/gpu/kernels/wgsl/job-layout.ts';
import { unrolled } from '../../../../src/gpu/kernels/wgsl/unrolled.ts';
import { wgsl } from '../../../../src/gpu/kernels/wgsl/wgsl.ts';

describe('WGSL text', () => {
	it('is free of the indentation of the code around it', () => {
		const text = wgsl`
			fn main() {
				let a = ${1}u;

				return;
			}
		`;
		expect(text).toBe('fn main() {\n\tlet a = 1u;\n\n\treturn;\n}');
	});

	it('takes lists as lines, indented as the place where they stand', () => {
		const loop = wgsl`
			loop {
				${['a;', ['b;', 'c;']]}
			}
		`;
		const text = wgsl`
			fn main() {
				${loop}
				let x = f(${['1,', '2']});
			}
		`;
		expect(text).toBe(
			'fn main() {\n\tloop {\n\t\ta;\n\t\tb;\n\t\tc;\n\t}\n\tlet x = f(1,\n\t2);\n}',
		);
	});

	it('leaves out lines of nothing but what vanishes, and keeps the rest of other lines', () => {
		const isDual: boolean = false;
		const text = wgsl`
			${isDual && 'first;'}

			a${isDual && ' + b'};
			${undefined}
			${[]}
			${0}
			${isDual && 'last;'}
		`;
		expect(text).toBe('a;\n0');
	});
});

describe('a job', () => {
	const layout = jobLayout({ ...u32('rows', 'columns'), scale: 'f32', operandOffsets: 'vec4u' });

	it('is declared as it is encoded: vectors at multiples of 16 bytes', () => {
		expect(layout.wgsl).toBe(
			'struct Job {\n\trows: u32,\n\tcolumns: u32,\n\tscale: f32,\n\toperandOffsets: vec4u,\n}\n@group(0) @binding(0) var<uniform> job: Job;',
		);
		const job = layout.encode({ operandOffsets: [5, 6, 7, 8], columns: 3, scale: 1.5, rows: 2 });
		expect([...job]).toEqual([2, 3, 0x3fc00000, 0, 5, 6, 7, 8]);
	});

	it('is of whole vectors, as uniforms are everywhere', () => {
		expect([
			...jobLayout(u32('a', 'b', 'c', 'd', 'e')).encode({ a: 1, b: 2, c: 3, d: 4, e: 5 }),
		]).toEqual([1, 2, 3, 4, 5, 0, 0, 0]);
	});
});

describe('bindings', () => {
	const range = (ref: string) => ({ ref, byteOffset: 0, byteLength: 4 });
	const bindings = (hasMask: boolean): Bindings =>
		new Bindings([
			read('x', 'f32', '[rows]'),
			hasMask && read('mask', 'vec4f', '[rows / 4]'),
			readWrite('y', 'f32', '[rows]'),
		]);

	it('are bound in the order in which they are declared', () => {
		expect(bindings(true).wgsl).toEqual([
			'@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows]',
			'@group(0) @binding(2) var<storage, read> mask: array<vec4f>; // [rows / 4]',
			'@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [rows]',
		]);
		const ranges = { y: range('result'), mask: range('bias'), x: range('input') };
		const refs = bindings(true).ranges(ranges);
		expect(refs.map(({ ref }) => ref)).toEqual(['input', 'bias', 'result']);
	});

	it('close up where one is not there, and miss none that is', () => {
		expect(bindings(false).wgsl[1]).toContain('@binding(2) var<storage, read_write> y');
		expect(() => bindings(true).ranges({ x: range('x'), y: range('y') })).toThrow(/mask/);
	});
});

describe('what a workgroup loads together', () => {
	it.each([
		[64, 32],
		[70, 32],
		[10, 32],
	])('%i pieces are each moved by one of %i threads', (count, threads) => {
		const moved = cooperativePieces(count, threads).flatMap(({ step, guard }) => {
			const having = guard === undefined ? threads : Number(/thread < (\d+)u/.exec(guard)?.[1]);
			return Array.from({ length: having }, (_, thread) => step * threads + thread);
		});
		expect(moved).toEqual(Array.from({ length: count }, (_, index) => index));
	});

	it('is guarded only where some threads have no piece', () => {
		const lines = forPieces(cooperativePieces(40, 32), ({ index }) => `move(${index});`);
		expect(lines).toEqual([
			'{\n\tmove(thread);\n}',
			'if (thread < 8u) {\n\tmove((thread + 32u));\n}',
		]);
	});
});

it('a loop is written out as far as it is asked to be', () => {
	const body = (step: (offset?: number) => string) => `f(${step()}, ${step(1)});`;
	expect(unrolled({ count: 4, unroll: 4, stride: 2 }, body)).toEqual(['f(0u, 1u);', 'f(2u, 3u);']);
	expect(unrolled({ count: 2, unroll: 8 }, body)).toEqual(['f(0u, 1u);', 'f(1u, 2u);']);
	expect(unrolled({ count: 8, unroll: 2 }, body)).toBe(
		'for (var i = 0u; i < 8u; i += 2u) {\n\tf(i + 0u, i + 1u);\n\tf(i + 1u, i + 2u);\n}',
	);
});
