import type { Kernel } from '../dispatch/kernel.ts';
import type { BoundRange, KernelDispatch, KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { type Binding, Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { WORKGROUP_TOTAL_WGSL } from '../wgsl/workgroup-total.ts';

export interface WeightSquaresArguments<Ref> {
	readonly label: string;
	/** FP16 [depth, outFeatures] */
	readonly weight: BoundRange<Ref>;
	readonly change: ChangeArguments<Ref>;
	/** f32 [outFeatures], or [depth] over the outputs */
	readonly output: BoundRange<Ref>;
	readonly depth: number;
	readonly outFeatures: number;
	readonly over: 'inputs' | 'outputs';
}

/** A change of a weight [in, out], of f32 factors. */
export type ChangeArguments<Ref> =
	| {
			readonly type: 'low-rank';
			readonly rank: number;
			/** [in, rank] */
			readonly down: BoundRange<Ref>;
			/** [rank] */
			readonly scales: BoundRange<Ref>;
			/** [rank, out] */
			readonly up: BoundRange<Ref>;
	  }
	| {
			readonly type: 'kronecker';
			/** [outer outputs, outerInputs] */
			readonly outer: BoundRange<Ref>;
			/** [innerInputs, innerOutputs] */
			readonly inner: BoundRange<Ref>;
			readonly outerInputs: number;
			readonly innerInputs: number;
			readonly innerOutputs: number;
			readonly firstColumn: number;
	  };

const THREADS = 64;

function dispatches<Ref>(
	args: WeightSquaresArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { weight, change, output, depth, outFeatures, over } = args;
	const shader: WeightSquaresShader = {
		change: change.type,
		over,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
	};
	const count = over === 'inputs' ? outFeatures : depth;
	const ofElement = change.type === 'low-rank' ? 3 * change.rank : 2;
	const flops = (ofElement + 2) * depth * outFeatures;
	const groups = Math.ceil(count / target.limits.maxComputeWorkgroupsPerDimension);
	// On a slow GPU a dispatch computes fewer results.
	const pieces = Math.min(count, Math.max(groups, Math.ceil(flops / target.maxDispatchFlops)));
	const perPiece = Math.ceil(count / pieces);
	return Array.from({ length: Math.ceil(count / perPiece) }, (_, piece) => {
		const first = piece * perPiece;
		const results = Math.min(perPiece, count - first);
		return {
			label: args.label,
			wgsl: weightSquaresWgsl(shader),
			job: JOB.encode({ depth, outFeatures, first, ...changeJob(change) }),
			bindings: bindingsOf(shader).ranges({
				weight,
				...(change.type === 'low-rank'
					? { down: change.down, scales: change.scales, up: change.up }
					: { outer: change.outer, inner: change.inner }),
				squares: output,
			}),
			workgroups: [results, 1, 1] as const,
			flops: (flops / count) * results,
		};
	});
}

function changeJob(
	change: ChangeArguments<unknown>,
): Omit<Parameters<typeof JOB.encode>[0], 'depth' | 'outFeatures' | 'first'> {
	const none = { rank: 0, outerInputs: 0, innerInputs: 0, innerOutputs: 0, firstColumn: 0 };
	if (change.type === 'low-rank') return { ...none, rank: change.rank };
	const { outerInputs, innerInputs, innerOutputs, firstColumn } = change;
	return { ...none, outerInputs, innerInputs, innerOutputs, firstColumn };
}

/** Σ (weight + change)² of each output over the inputs, or of each input over the outputs. */
export const weightSquares = {
	name: 'weight-squares',
	shader: weightSquaresWgsl,
	dispatches,
} satisfies Kernel<WeightSquaresShader>;

export interface WeightSquaresShader {
	readonly change: ChangeArguments<unknown>['type'];
	readonly over: 'inputs' | 'outputs';
	readonly unpackKeepsSubnormals: boolean;
}

const JOB = jobLayout({
	...u32('depth', 'outFeatures', 'first', 'rank'),
	...u32('outerInputs', 'innerInputs', 'innerOutputs', 'firstColumn'),
});

function bindingsOf({ change }: WeightSquaresShader): Bindings {
	const factors: readonly Binding[] =
		change === 'low-rank'
			? [
					read('down', 'f32', '[depth, rank]'),
					read('scales', 'f32', '[rank]'),
					read('up', 'f32', '[rank, outFeatures]'),
				]
			: [
					read('outer', 'f32', '[outer outputs, outerInputs]'),
					read('inner', 'f32', '[innerInputs, innerOutputs]'),
				];
	return new Bindings([
		read('weight', 'u32', 'FP16 [depth, outFeatures]'),
		...factors,
		readWrite('squares', 'f32', '[results]'),
	]);
}

const CHANGE_WGSL = {
	'low-rank': wgsl`
		fn changeAt(input: u32, output: u32) -> f32 {
			var sum = 0.0;
			for (var r = 0u; r < job.rank; r++) {
				sum = fma(down[input * job.rank + r] * scales[r], up[r * job.outFeatures + output], sum);
			}
			return sum;
		}
	`,
	kronecker: wgsl`
		fn changeAt(input: u32, output: u32) -> f32 {
			let row = output + job.firstColumn;
			let outerPlace = row / job.innerOutputs * job.outerInputs + input / job.innerInputs;
			let innerPlace = input % job.innerInputs * job.innerOutputs + row % job.innerOutputs;
			return outer[outerPlace] * inner[innerPlace];
		}
	`,
};

/** A workgroup computes one result: its threads stride over what is summed, and add up in a tree. */
function weightSquaresWgsl(shader: WeightSquaresShader): string {
	const [end, input, output] =
		shader.over === 'inputs' ? ['depth', 'i', 'place'] : ['outFeatures', 'place', 'i'];
	return wgsl`
		const THREADS = ${THREADS}u;

		${JOB.wgsl}
		${bindingsOf(shader).wgsl}

		${halfWgsl(shader.unpackKeepsSubnormals)}

		${CHANGE_WGSL[shader.change]}

		${WORKGROUP_TOTAL_WGSL}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let place = job.first + group.x;
			var sum = 0.0;
			for (var i = thread; i < job.${end}; i += THREADS) {
				let at = ${input} * job.outFeatures + ${output};
				let value = widen2(weight[at >> 1u])[at & 1u] + changeAt(${input}, ${output});
				sum = fma(value, value, sum);
			}
			let all = total(thread, sum);
			if (thread == 0u) { squares[place] = all; }
		}
	`;
}
