import { transfer } from 'comlink';
import type { DrawnPicture, EngineEvent, Recipe } from './engine.ts';
import { LocalEngine } from './local-engine.ts';

/** The worker's end of the engine: pixels are handed over, not copied. */
export class EngineHost extends LocalEngine {
	/** `generate`, with every option an argument of its own: a signal inside an object cannot cross. */
	async draw(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		budgetBytes: number | undefined,
		signal: AbortSignal | undefined,
	): Promise<DrawnPicture> {
		const picture = await this.generate(
			recipe,
			(event) => onEvent(event.type === 'preview' ? transfer(event, [event.rgba.buffer]) : event),
			{ ...(signal && { signal }), ...(budgetBytes !== undefined && { budgetBytes }) },
		);
		return transfer(picture, [picture.rgba.buffer]);
	}
}
