import { type BlockWeights, findWeight } from '../block-engine.ts';
import { ShapeError } from '../errors.ts';
import type { GpuContext } from '../gpu-context.ts';
import { f32ByteLength, type GpuTensors } from '../gpu-tensor.ts';
import type { KernelTarget } from '../kernels/kernel-dispatch.ts';
import {
	encodeDispatch,
	type KernelPipelines,
	type ReadyDispatch,
	readyDispatches,
} from '../kernels/kernel-runner.ts';
import type { PlanTensor } from './plan-step.ts';
import type { RunPlan } from './run-plan.ts';
import type { ScratchPool } from './scratch-pool.ts';

export interface ProgramOptions {
	readonly context: GpuContext;
	readonly pipelines: KernelPipelines;
	readonly scratch: ScratchPool<GPUBuffer>;
	readonly target: KernelTarget;
	readonly name: string;
	readonly plan: RunPlan;
}

/** A plan for one set of extents: all that can be prepared before buffers are known. */
export class BlockProgram implements Disposable {
	readonly #options: ProgramOptions;
	readonly #dispatches: readonly ReadyDispatch<PlanTensor>[];

	private constructor(options: ProgramOptions, dispatches: readonly ReadyDispatch<PlanTensor>[]) {
		this.#options = options;
		this.#dispatches = dispatches;
	}

	/** Compiles what is not compiled yet. @throws UnsupportedGraphError where a step does not fit the device */
	static async prepare(options: ProgramOptions): Promise<BlockProgram> {
		const { context, pipelines, plan, target } = options;
		const dispatches = plan.dispatches(target);
		return new BlockProgram(options, await readyDispatches(context, pipelines, dispatches));
	}

	/** Floating-point operations of the whole block. */
	get flops(): number {
		return this.#dispatches.reduce((sum, { dispatch }) => sum + dispatch.flops, 0);
	}

	/** Submits the block, in pieces of at most `maxDispatchFlops`. */
	submit(weights: BlockWeights, inputs: GpuTensors, outputs: GpuTensors): void {
		const { context, target, plan } = this.#options;
		const { device } = context;
		const scratch = this.#options.scratch.acquire(plan.slots.slotBytes);
		const bufferOf = (ref: PlanTensor) => this.#locate(ref, weights, inputs, outputs, scratch);
		let rest = this.#dispatches;
		while (rest.length > 0) {
			const count = countWithin(rest, target.maxDispatchFlops);
			const encoder = device.createCommandEncoder({ label: this.#options.name });
			const pass = encoder.beginComputePass({ label: this.#options.name });
			for (const each of rest.slice(0, count)) encodeDispatch(device, pass, each, bufferOf);
			pass.end();
			device.queue.submit([encoder.finish()]);
			rest = rest.slice(count);
		}
	}

	[Symbol.dispose](): void {
		this.#dispatches[0]?.uniforms.destroy();
	}

	#locate(
		ref: PlanTensor,
		weights: BlockWeights,
		inputs: GpuTensors,
		outputs: GpuTensors,
		scratch: readonly GPUBuffer[],
	): { readonly buffer: GPUBuffer; readonly byteOffset: number } {
		if (ref.type === 'weight') {
			const place = findWeight(weights, ref.tensor);
			if (place === undefined) {
				throw new ShapeError(`${this.#options.name}: the shard holds no tensor ${ref.tensor}`);
			}
			return place;
		}
		const given = outputs[ref.name] ?? inputs[ref.name];
		if (given !== undefined) {
			if (given.buffer.size < f32ByteLength(given.shape)) {
				throw new ShapeError(`A buffer of ${given.buffer.size} bytes is too small for ${ref.name}`);
			}
			return { buffer: given.buffer, byteOffset: 0 };
		}
		const buffer = scratch[this.#options.plan.slots.slotOf.get(ref.name) ?? -1];
		if (buffer === undefined) throw new ShapeError(`The tensor "${ref.name}" was not given`);
		return { buffer, byteOffset: 0 };
	}
}

/** How many of the first dispatches make one submit: at least one. */
function countWithin(dispatches: readonly ReadyDispatch<unknown>[], maxFlops: number): number {
	let flops = 0;
	for (const [index, { dispatch }] of dispatches.entries()) {
		flops += dispatch.flops;
		if (flops > maxFlops && index > 0) return index;
	}
	return dispatches.length;
}
