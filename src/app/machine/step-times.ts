import type { DrawnPicture, MemoryPlan, PlanSubject } from '../../engine/engine.ts';
import { medianStep } from './median-step.ts';

interface MeasuredStep {
	readonly modelId: string;
	readonly residentBlocks: number;
	readonly millisecondsPerPixel: number;
}

/**
 * What is kept of the blocks may differ by this share of them: where reading is what takes the time, a
 * step's time differs by no more than that.
 */
const SAME_SHARE = 0.15;

/** How long steps took in the pictures that were drawn, to say how long others will take. */
export class StepTimes {
	#measured: readonly MeasuredStep[] = [];

	record({ recipe, report }: DrawnPicture): void {
		const milliseconds = medianStep(report.stepMilliseconds);
		if (milliseconds === undefined) return;
		const { modelId, width, height } = recipe;
		const { residentBlocks } = report.plan;
		const millisecondsPerPixel = milliseconds / (width * height);
		const others = this.#measured.filter(
			(step) => step.modelId !== modelId || step.residentBlocks !== residentBlocks,
		);
		this.#measured = [{ modelId, residentBlocks, millisecondsPerPixel }, ...others];
	}

	/**
	 * Milliseconds of a step, from the picture that kept about as many of the model's blocks on the GPU,
	 * in proportion to the pixels. How fast a step is with far more or fewer, nobody has measured then.
	 */
	estimate(
		{ modelId, width, height }: PlanSubject,
		{ blocks, residentBlocks }: MemoryPlan,
	): number | undefined {
		const distance = (step: MeasuredStep): number => Math.abs(step.residentBlocks - residentBlocks);
		const [nearest] = this.#measured
			.filter((step) => step.modelId === modelId && distance(step) <= SAME_SHARE * blocks)
			.toSorted((one, other) => distance(one) - distance(other));
		return nearest && nearest.millisecondsPerPixel * width * height;
	}
}
