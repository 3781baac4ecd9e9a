import type { DrawnPicture, MemoryPlan, PlanSubject } from '../../engine/engine.ts';
import { medianStep } from './median-step.ts';

interface MeasuredStep {
	readonly modelId: string;
	readonly residentBlocks: number;
	readonly millisecondsPerPixel: number;
}

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
	 * Milliseconds of a step, from the last picture that kept as many of the model's blocks on the GPU,
	 * in proportion to the pixels. How much faster more blocks would be, nobody has measured then.
	 */
	estimate(
		{ modelId, width, height }: PlanSubject,
		{ residentBlocks }: MemoryPlan,
	): number | undefined {
		const step = this.#measured.find(
			(candidate) => candidate.modelId === modelId && candidate.residentBlocks === residentBlocks,
		);
		return step && step.millisecondsPerPixel * width * height;
	}
}
