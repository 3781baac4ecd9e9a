import type { ModelInfo, PictureSize, Recipe } from '../../engine/engine.ts';
import { parseSeed, randomSeed } from './seed.ts';

export const MIN_STEPS = 1;
export const MAX_STEPS = 50;
const DEFAULT_STEPS = 8;

export type RandomSeed = () => number;

/** What the user is writing: the next picture's recipe, valid or not. */
export class Composer {
	readonly #randomSeed: RandomSeed;

	prompt = $state('');
	/** Text, because a half-typed or too large number has to stay on screen while its problem is shown. */
	seedText = $state('');
	seedLocked = $state(false);
	/** `undefined` or `null` while the field is empty. */
	steps: number | null | undefined = $state(DEFAULT_STEPS);
	sizes: readonly PictureSize[] = $state.raw([]);
	sizeIndex = $state(0);
	#submittedEmpty = $state(false);

	constructor(random: RandomSeed = randomSeed) {
		this.#randomSeed = random;
		this.rollSeed();
	}

	get size(): PictureSize | undefined {
		return this.sizes[this.sizeIndex];
	}

	get seed(): number | undefined {
		return parseSeed(this.seedText);
	}

	/** An empty prompt is only a problem once the user has tried to draw it. */
	get promptMissing(): boolean {
		return this.#submittedEmpty && this.#promptEmpty;
	}

	get seedInvalid(): boolean {
		return this.seed === undefined;
	}

	get stepsInvalid(): boolean {
		return this.#validSteps === undefined;
	}

	/** Takes over what a model can do and is at its best with. */
	adopt(model: ModelInfo): void {
		this.sizes = model.sizes;
		this.sizeIndex = 0;
		this.steps = model.defaultSteps;
	}

	rollSeed(): void {
		this.seedText = String(this.#randomSeed());
	}

	keepSeed(seed: number): void {
		this.seedText = String(seed);
		this.seedLocked = true;
	}

	/** Moves on to a new seed after a picture, unless the user locked this one or has typed another. */
	pictureDone(seed: number): void {
		if (!this.seedLocked && this.seed === seed) this.rollSeed();
	}

	/** The recipe as it stands, or `undefined` with the problems now showing. */
	submit(model: ModelInfo): Recipe | undefined {
		this.#submittedEmpty = this.#promptEmpty;
		const { seed, size } = this;
		const steps = this.#validSteps;
		if (this.#promptEmpty || seed === undefined || steps === undefined) return undefined;
		if (size === undefined) return undefined;
		const { width, height } = size;
		return { modelId: model.id, prompt: this.prompt.trim(), seed, width, height, steps };
	}

	get #promptEmpty(): boolean {
		return this.prompt.trim() === '';
	}

	get #validSteps(): number | undefined {
		const { steps } = this;
		if (steps === null || steps === undefined || !Number.isInteger(steps)) return undefined;
		return steps >= MIN_STEPS && steps <= MAX_STEPS ? steps : undefined;
	}
}
