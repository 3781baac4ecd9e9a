import type { DrawnPicture, Recipe } from '../../engine/engine.ts';
import type { Batch } from './batch.ts';

/** How long pictures take, from the last one of each model: by pixels and steps. */
export class DrawTimes {
	readonly #millisecondsPerWork = new Map<string, number>();

	record({ recipe, report }: DrawnPicture): void {
		this.#millisecondsPerWork.set(recipe.modelId, report.totalMilliseconds / workOf(recipe));
	}

	/** Milliseconds; undefined before the model has drawn anything. */
	estimate(recipe: Recipe): number | undefined {
		const rate = this.#millisecondsPerWork.get(recipe.modelId);
		return rate === undefined ? undefined : rate * workOf(recipe);
	}

	/**
	 * Milliseconds for what is left of batches; undefined if one of them is not known.
	 *
	 * @param current of the picture being drawn, what is left
	 */
	left(
		batches: readonly Batch[],
		waitingOf: (batch: Batch) => number,
		current: number,
	): number | undefined {
		let sum = current;
		for (const batch of batches) {
			const one = this.estimate(batch.recipe);
			if (one === undefined) return undefined;
			sum += one * waitingOf(batch);
		}
		return sum;
	}
}

/** Pixels times steps, the encoder and the decoder counting as one step. */
function workOf({ width, height, steps }: Recipe): number {
	return width * height * (steps + 1);
}
