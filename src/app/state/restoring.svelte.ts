import type { ModelInfo } from '../../engine/engine.ts';
import { decodeRecipe, isRecipeLink } from '../../share/recipe-link.ts';
import { readRecipe } from '../../share/png-recipe.ts';
import type { RestoredRecipe } from '../../share/restore-recipe.ts';
import type { Composer } from './composer.svelte.ts';
import { describeFailure } from './failure.ts';
import type { Notices } from './notices.svelte.ts';

/** Fills the composer from links and files. It never draws by itself and never overwrites a draft unasked. */
export class Restoring {
	readonly #composer: Composer;
	readonly #notices: Notices;

	/** A link's recipe that waits for the user to choose between it and the draft. */
	offer: RestoredRecipe | undefined = $state.raw();

	constructor(composer: Composer, notices: Notices) {
		this.#composer = composer;
		this.#notices = notices;
	}

	/** @param hash of the page's address */
	async fromLink(hash: string, model: ModelInfo): Promise<void> {
		if (!isRecipeLink(hash)) return;
		try {
			const recipe = await decodeRecipe(hash);
			const { prompt, promptEmpty } = this.#composer;
			if (promptEmpty || prompt.trim() === recipe.prompt.trim()) this.#apply(recipe, model);
			else this.offer = recipe;
		} catch (error) {
			this.#notices.error(describeFailure(error));
		}
	}

	/** A dropped or pasted file is a choice already made. */
	async fromFile(file: Blob, model: ModelInfo): Promise<void> {
		try {
			const recipe = await readRecipe(new Uint8Array(await file.arrayBuffer()));
			this.offer = undefined;
			this.#apply(recipe, model);
		} catch (error) {
			this.#notices.error(describeFailure(error));
		}
	}

	accept(model: ModelInfo): void {
		const { offer } = this;
		this.offer = undefined;
		if (offer !== undefined) this.#apply(offer, model);
	}

	refuse(): void {
		this.offer = undefined;
	}

	#apply(
		{ prompt, seed, steps, size, model: made, warnings }: RestoredRecipe,
		model: ModelInfo,
	): void {
		this.#notices.clear();
		const sizeFits = this.#composer.fillIn({ prompt, seed, steps, size });
		this.#notices.info(({ restore }) => restore.restored);
		if (made !== undefined && made.id !== model.id) {
			this.#notices.info(({ restore }) => restore.otherModel(made.id));
		}
		if (size !== undefined && !sizeFits) {
			this.#notices.info(({ restore }) => restore.otherSize(size));
		}
		for (const warning of warnings) this.#notices.info(({ restore }) => restore.warning(warning));
	}
}
