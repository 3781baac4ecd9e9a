import type { ModelInfo, Recipe } from '../src/engine/engine.ts';
import type { GenerateRequest } from './harness-api.ts';

/** Fills what a request leaves open with what the model was made for. */
export function fillRecipe(request: GenerateRequest, model: ModelInfo): Recipe {
	const { prompt, seed, steps = model.can.steps.default, options } = request;
	const size = model.can.sizes[0];
	const width = request.width ?? size?.width ?? 1024;
	const height = request.height ?? size?.height ?? 1024;
	return { ...options, modelId: model.id, prompt, seed, width, height, steps };
}
