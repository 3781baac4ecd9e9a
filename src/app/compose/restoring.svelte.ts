import type { ModelInfo, Recipe } from '../../engine/engine.ts';
import { decodeRecipe } from '../../share/recipe-link.ts';
import type { ModelReference, RecipeOptions } from '../../recipe/recipe-settings.ts';
import type { RecipeWarning } from '../../recipe/recipe-warning.ts';
import type { RestoredRecipe } from '../../recipe/restore-recipe.ts';
import { isNameOf, isQuantisedName } from '../../recipe/model-name.ts';
import type { Say } from '../i18n/messages.ts';
import type { Composer, FillIn, Misfit } from './composer.svelte.ts';
import type { Draft } from './draft.ts';
import { describeFailure } from '../studio/failure.ts';
import type { Toasts } from '../ui/toasts.svelte.ts';

/** Switches to the model with this id if it can be drawn with, and gives back the one that is drawn with now. */
export type SwitchTo = (id: string | undefined) => ModelInfo | undefined;

/** What is replaced can be had again by one press for so long. */
const UNDO_MILLISECONDS = 30_000;
const DRAFT = 'draft';

/** Fills the composer from links, files and pictures. It never draws by itself, and a draft that it replaces can be had again. */
export class Restoring {
	readonly #composer: Composer;
	readonly #toasts: Toasts;
	readonly #switchTo: SwitchTo;

	/** A link's recipe that waits for the user to choose between it and the draft. */
	offer: RestoredRecipe | undefined = $state.raw();

	constructor(composer: Composer, toasts: Toasts, switchTo: SwitchTo) {
		this.#composer = composer;
		this.#toasts = toasts;
		this.#switchTo = switchTo;
	}

	/** @param hash of the page's address */
	async fromLink(hash: string): Promise<void> {
		if (hash === '' || hash === '#') return;
		try {
			const recipe = await decodeRecipe(hash);
			const { prompt, promptEmpty } = this.#composer;
			if (promptEmpty || prompt.trim() === recipe.prompt?.trim()) this.#apply(recipe);
			else this.offer = recipe;
		} catch (error) {
			this.#toasts.error(describeFailure(error));
		}
	}

	/** A dropped or pasted file is a choice already made. What was said of the one before goes. */
	async fromFile(file: File): Promise<void> {
		this.#toasts.clear();
		try {
			// Few visits need it: the page starts without.
			const { readRecipeFile } = await import('../../share/files/read-recipe-file.ts');
			const read = await readRecipeFile(file);
			if (read.type === 'recipe') {
				this.offer = undefined;
				this.#apply(read.recipe);
			} else this.#toasts.error({ say: ({ restore }) => restore.file(file.name, read) });
		} catch (error) {
			this.#toasts.error(describeFailure(error));
		}
	}

	accept(): void {
		const { offer } = this;
		this.offer = undefined;
		if (offer !== undefined) this.#apply(offer);
	}

	refuse(): void {
		this.offer = undefined;
	}

	/** Takes over the recipe of a picture that was drawn here. */
	reuse({ modelId, width, height, ...recipe }: Recipe, warnings: readonly RecipeWarning[]): void {
		this.#apply({ ...recipe, size: { width, height }, model: { id: modelId }, warnings });
	}

	/** Takes over a recipe from wherever. */
	use(recipe: RestoredRecipe): void {
		this.#apply(recipe);
	}

	/** Takes over one input; all else stays. */
	useOne(part: FillIn): void {
		const offerUndo = this.#rememberDraft();
		const misfit = this.#composer.fillIn({ ...this.#composer.options, ...part });
		offerUndo(({ restore }) => restore.oneRestored);
		this.#tell(misfit, part, []);
	}

	/**
	 * Text that was pasted into the prompt. It stays there as it is; if it looks like settings, to read them is offered.
	 *
	 * @param before the draft without it
	 */
	async offerPasted(text: string, before: Draft): Promise<void> {
		// Few visits need it: the page starts without.
		const { readPastedRecipe } = await import('../../share/files/read-recipe-file.ts');
		const recipe = readPastedRecipe(text);
		if (recipe === undefined) return;
		this.#toasts.info(({ restore }) => restore.pasted, {
			key: DRAFT,
			action: {
				say: ({ restore }) => restore.readPasted,
				run: () => this.#apply(recipe, before),
			},
		});
	}

	/** @returns says what was done, and offers the draft of before */
	#rememberDraft(draft: Draft = this.#composer.draft): (say: Say) => void {
		const before = this.#switchTo(undefined);
		return (say) =>
			this.#toasts.info(say, {
				...{ key: DRAFT, milliseconds: UNDO_MILLISECONDS },
				action: {
					say: ({ history }) => history.undo,
					run: () => {
						const model = this.#switchTo(before?.id);
						if (model !== undefined) this.#composer.bringBack(draft, model);
					},
				},
			});
	}

	#apply(recipe: RestoredRecipe, draft?: Draft): void {
		const { model: made, warnings } = recipe;
		this.#toasts.clear();
		const offerUndo = this.#rememberDraft(draft);
		const model = this.#switchTo(made?.id);
		const misfit = this.#composer.fillIn(recipe);
		offerUndo(({ restore }) => restore.restored);
		if (made !== undefined && made.id !== '' && model !== undefined) {
			this.#compareModels(made, model);
		}
		this.#tell(misfit, recipe, warnings);
	}

	#tell(
		{ size, options }: Misfit,
		{ adapters = [] }: RecipeOptions,
		warnings: readonly RecipeWarning[],
	): void {
		const toasts = this.#toasts;
		if (size !== undefined) toasts.info(({ restore }) => restore.otherSize(size));
		if (options.includes('adapters')) {
			toasts.info(({ restore }) => restore.adaptersLeftOut(adapters));
		}
		const others = options.filter((option) => option !== 'adapters');
		if (others.length > 0) toasts.info(({ restore }) => restore.unsupported(others));
		for (const warning of warnings) toasts.info(({ restore }) => restore.warning(warning));
	}

	#compareModels(made: ModelReference, model: ModelInfo): void {
		if (!isNameOf(made.id, model)) {
			this.#toasts.info(({ restore }) => restore.otherModel(made.id));
			return;
		}
		if (isQuantisedName(made.id)) {
			this.#toasts.info(({ restore }) => restore.otherForm(made.id));
		}
		const { name, revision } = model;
		const theirs = made.revision;
		if (theirs === undefined || revision === undefined || theirs === revision) return;
		this.#toasts.info(({ restore }) => restore.otherRevision(name, theirs, revision));
	}
}
