import type { ModelId } from '../src/engine/engine.ts';
import { createEngineClient } from '../src/engine/engine-client.ts';
import type { MeasureRequest, PictureMeasurements } from './harness-api.ts';

const PROMPT = 'a red circle';
const SEED = 42;

/** Draws one picture of one step to compile everything, then the one that counts. */
export async function measurePicture(
	request: MeasureRequest,
	onProgress: (line: string) => void,
): Promise<PictureMeasurements> {
	const { model, engine: engineName, budgetBytes, width, height, steps } = request;
	const engine = createEngineClient(engineName);
	const blockMilliseconds: number[][] = [];
	let lastEvent = 0;
	const draw = (stepCount: number) =>
		engine.generate(
			{ modelId: model as ModelId, prompt: PROMPT, seed: SEED, width, height, steps: stepCount },
			(event) => {
				const now = performance.now();
				if (event.type === 'block' && event.step !== undefined) {
					(blockMilliseconds[event.step] ??= []).push(now - lastEvent);
				}
				lastEvent = now;
				if (event.type !== 'step') return;
				const { step, milliseconds } = event;
				onProgress(`${engineName} step ${step + 1} of ${stepCount}: ${milliseconds.toFixed(0)} ms`);
			},
			{ budgetBytes },
		);
	try {
		// It reads the prompt too: the caption is kept, so the second picture begins with sampling.
		const warmUp = await draw(1);
		blockMilliseconds.length = 0;
		const { report } = await draw(steps);
		const encodeMilliseconds = warmUp.report.stageMilliseconds.encode;
		return { report, encodeMilliseconds, blockMilliseconds, scriptBytes: await scriptBytes() };
	} finally {
		engine.dispose();
	}
}

/** What only isolated pages of Chromium can ask. */
interface MemoryMeasuring {
	measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>;
}

async function scriptBytes(): Promise<number | undefined> {
	if (!crossOriginIsolated) return undefined;
	const measured = await (performance as MemoryMeasuring).measureUserAgentSpecificMemory?.();
	return measured?.bytes;
}
