import { type BlockWeights, findWeight } from '../../block-engine.ts';
import { ShapeError } from '../../errors.ts';
import type { GpuContext } from '../../gpu-context.ts';
import { f32ByteLength, type GpuTensors } from '../../gpu-tensor.ts';
import type { KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import {
	encodeDispatch,
	type ReadyDispatch,
	readyDispatches,
} from '../../kernels/dispatch/ready-dispatch.ts';
import type { KernelPipelines } from '../../kernels/dispatch/kernel-pipelines.ts';
import type { PlanTensor } from '../plan/plan-step.ts';
import type { RunPlan } from './run-plan.ts';
import type { ScratchPool } from './scratch-pool.ts';
import { splitSubmits } from './split-submits.ts';
import type { SubmitWindow } from './submit-window.ts';
import type { WorkSpeed } from '../probe/work-speed.ts';

export interface ProgramOptions {
	readonly context: GpuContext;
	readonly pipelines: KernelPipelines;
	readonly scratch: ScratchPool<GPUBuffer>;
	readonly window: SubmitWindow;
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

	/**
	 * Submits the block, in pieces of at most `speed.maxSubmitFlops` and of whole dispatches, which
	 * `target.maxDispatchFlops` bounds. While the speed is unknown, each piece but the last is waited for.
	 */
	async submit(
		weights: BlockWeights,
		inputs: GpuTensors,
		outputs: GpuTensors,
		speed: WorkSpeed,
	): Promise<void> {
		const { context, plan, window } = this.#options;
		const { device } = context;
		const scratch = this.#options.scratch.acquire(plan.slots.slotBytes);
		const bufferOf = (ref: PlanTensor) => this.#locate(ref, weights, inputs, outputs, scratch);
		for (const { dispatches, work, isLast } of splitSubmits(this.#dispatches, speed)) {
			await context.orLost(window.room());
			const encoder = device.createCommandEncoder({ label: this.#options.name });
			const pass = encoder.beginComputePass({ label: this.#options.name });
			for (const each of dispatches) encodeDispatch(device, pass, each, bufferOf);
			context.submit(encoder, pass);
			const done = speed.watch(device.queue, work);
			window.add(done);
			if (!isLast && !speed.isKnown) await context.orLost(done);
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
