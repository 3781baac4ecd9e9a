import { APP_VERSION } from '../page/version.ts';
import type { FillIn } from '../compose/composer.svelte.ts';
import type { Restoring } from '../compose/restoring.svelte.ts';
import { describeFailure } from '../studio/failure.ts';
import type { Toasts } from '../ui/toasts.svelte.ts';
import { type ShownRecipe, wholeRecipe } from './recipe-chips.ts';

const COPIED_MILLISECONDS = 5000;
/** Long enough to read and to decide. */
const LOCAL_MILLISECONDS = 15_000;

/** What can be done with a recipe that is shown. Whatever it replaces in the form can be had again. */
export class RecipeActions {
	readonly #restoring: Restoring;
	readonly #toasts: Toasts;
	readonly #copy: (text: string) => Promise<void>;

	constructor(restoring: Restoring, toasts: Toasts, copy: (text: string) => Promise<void>) {
		this.#restoring = restoring;
		this.#toasts = toasts;
		this.#copy = copy;
	}

	/** Fills in one of its inputs; the rest of the form stays. */
	useOne(part: FillIn): void {
		this.#restoring.useOne(part);
	}

	useAll(recipe: ShownRecipe): void {
		this.#restoring.use({ ...recipe, warnings: [] });
	}

	/** A link to this computer was copied: others can only be given the text. */
	tellLocalLink(shown: ShownRecipe): void {
		this.#toasts.info(({ recipe }) => recipe.loopback, {
			...{ key: 'recipe-copied', milliseconds: LOCAL_MILLISECONDS },
			action: {
				say: ({ recipe }) => recipe.copyText,
				run: () => void this.copyText(shown),
			},
		});
	}

	/** In AUTOMATIC1111's form, which can be pasted into the prompt anywhere. */
	async copyText(shown: ShownRecipe): Promise<void> {
		const whole = wholeRecipe(shown);
		if (whole === undefined) return;
		try {
			const { writeRecipeText } = await import('../../share/recipe-text.ts');
			await this.#copy(writeRecipeText(whole.recipe, whole.model, APP_VERSION));
			this.#toasts.info(({ recipe }) => recipe.copied, {
				...{ key: 'recipe-copied', milliseconds: COPIED_MILLISECONDS },
			});
		} catch (error) {
			this.#toasts.error(describeFailure(error), ({ recipe }) => recipe.copyFailed);
		}
	}
}
