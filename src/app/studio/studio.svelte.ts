import type {
	AdapterInfo,
	Fallback,
	ModelId,
	ModelInfo,
	Picture,
	PlanSubject,
	Recipe,
	SwitchableEngine,
} from '../../engine/engine.ts';
import type { InstallPort } from '../../engine/install-client.ts';
import { BLOCK_ENGINES, type BlockEngineName } from '../../engine/block-engine-names.ts';
import { hasCode } from '../../errors/app-error.ts';
import { isNameOf } from '../../recipe/model-name.ts';
import { gpuName } from '../machine/gpu-name.ts';
import { UNDO_MILLISECONDS } from '../../history/picture-history.ts';
import { language } from '../i18n/language.svelte.ts';
import { AdapterLibrary } from '../adapters/adapter-library.svelte.ts';
import { AdapterRows } from '../adapters/adapter-rows.svelte.ts';
import { Attention } from '../picture/attention.svelte.ts';
import { Composer } from '../compose/composer.svelte.ts';
import { type DraftStorages, readDraft, writeDraft } from '../compose/draft.ts';
import { type Batch, nextRecipe, picturesLeft } from '../queue/batch.ts';
import { type Draw, DrawQueue } from '../queue/draw-queue.svelte.ts';
import { DrawTimes } from '../queue/draw-times.ts';
import { Drawer } from '../queue/drawer.ts';
import { QueueStorage } from '../queue/queue-storage.ts';
import { EngineChoice } from '../machine/engine-choice.svelte.ts';
import { type Environment, browserEnvironment } from './environment.ts';
import { type Failure, describeFailure } from './failure.ts';
import { Generation } from '../picture/generation.svelte.ts';
import { HistoryDesk } from '../history/history-desk.ts';
import { HistoryLimit } from '../history/history-limit.svelte.ts';
import { History } from '../history/history.svelte.ts';
import { Installation } from '../models/installation.svelte.ts';
import { ModelManager } from '../models/model-manager.svelte.ts';
import { Memory } from '../machine/memory.svelte.ts';
import { Toasts } from '../ui/toasts.svelte.ts';
import { RecipeActions } from '../recipe/recipe-actions.ts';
import { Restoring } from '../compose/restoring.svelte.ts';
import { TokenCounter } from '../compose/token-counter.svelte.ts';

export type StartState =
	| { readonly status: 'starting' }
	| { readonly status: 'no-webgpu'; readonly failure: Failure }
	| { readonly status: 'no-models' }
	| { readonly status: 'failed'; readonly failure: Failure }
	| { readonly status: 'ready' };

/** What may become of matrix units that were chosen. */
export type MatrixTrouble = Extract<AdapterInfo['matrixUnits'], { type: 'absent' | 'refused' }>;

/** The whole page's state: what there is, what runs, and what the user may do about it. */
export class Studio {
	readonly #engine: SwitchableEngine;
	readonly #environment: Environment;
	readonly #drafts: DraftStorages;
	readonly queue: DrawQueue;
	readonly times = new DrawTimes();
	/** Settles with the picture that is drawn, or was last. */
	#drawing: Promise<unknown> = Promise.resolve();
	readonly engineChoice: EngineChoice;
	readonly composer: Composer;
	readonly manager: ModelManager;
	readonly adapters: AdapterLibrary;
	readonly adapterRows: AdapterRows;
	readonly installation: Installation;
	readonly generation: Generation;
	readonly memory: Memory;
	readonly toasts = new Toasts();
	readonly tokens: TokenCounter;
	readonly history: History;
	/** What is done about the history. */
	readonly desk: HistoryDesk;
	readonly restoring: Restoring;
	readonly recipes: RecipeActions;
	readonly attention: Attention;

	start: StartState = $state.raw({ status: 'starting' });
	adapter: AdapterInfo | undefined = $state.raw();
	/** What may be drawn with, the default first. */
	models: readonly ModelInfo[] = $state.raw([]);
	/** What is drawn with. */
	model: ModelInfo | undefined = $state.raw();
	/** Finished while another picture was looked at. */
	unseenPictures = $state(0);
	/** In the history, of the picture that was drawn last. */
	#drawnId: number | undefined;

	constructor(
		engine: SwitchableEngine,
		installs: InstallPort,
		environment: Environment = browserEnvironment,
	) {
		this.#engine = engine;
		this.#environment = environment;
		this.engineChoice = new EngineChoice(environment.storage, environment.askedEngine());
		engine.use(this.engineChoice.name);
		this.composer = new Composer(environment.randomSeed);
		this.#drafts = { tab: environment.tabStorage, all: environment.storage };
		this.composer.restore(readDraft(this.#drafts));
		this.manager = new ModelManager(installs, {
			schedule: environment.schedule,
			persist: environment.persist,
			onChange: () => this.refreshModels(),
			isDrawnWith: (id) => this.generation.running && this.generation.recipe?.modelId === id,
			release: (id) => this.#release(id),
		});
		this.adapters = new AdapterLibrary(installs.adapters, environment.persist);
		this.adapterRows = new AdapterRows(this.composer, this.adapters);
		this.installation = new Installation(this.manager);
		this.generation = new Generation(engine, environment);
		this.memory = new Memory(engine, environment);
		this.tokens = new TokenCounter(engine, environment.schedule);
		this.history = new History(
			...([environment.pictures, environment.library, environment.codec] as const),
			new HistoryLimit(environment.storage),
		);
		this.desk = new HistoryDesk(this.history, this.toasts, (zip) =>
			environment.download(zip, language.messages.history.exportName),
		);
		environment.onHistoryChange(() => void this.attempt(() => this.history.load()));
		this.restoring = new Restoring(this.composer, this.toasts, (id) => this.#switchTo(id));
		this.recipes = new RecipeActions(this.restoring, this.toasts, environment.copyText);
		this.attention = new Attention(environment.attention);
		const { generation, memory, history, desk, attention, toasts, times } = this;
		const drawer = new Drawer({
			...{ generation, memory, history, desk, attention, toasts, times },
			waiting: () => this.queue.waiting,
			onKept: (id) => {
				this.#drawnId = id;
				if (this.history.opened !== undefined) this.unseenPictures += 1;
			},
			askAgain: (recipe) => {
				this.queue.add(recipe, 1, 'first');
				this.queue.resume();
			},
		});
		const kept = new QueueStorage(environment.storage, environment.openTabs());
		const draw: Draw = (recipe) => {
			const drawing = drawer.draw(recipe);
			this.#drawing = drawing;
			return drawing;
		};
		this.queue = new DrawQueue(draw, environment.drawingTurn, kept);
	}

	get canGenerate(): boolean {
		return this.canEnqueue && !this.generation.running;
	}

	get canEnqueue(): boolean {
		return (this.model?.installed ?? false) && !this.installation.running;
	}

	/** False while pictures run or wait: they finish on the engine they began with. */
	get canChooseEngine(): boolean {
		const { asked } = this.engineChoice;
		return asked === undefined && this.queue.pictures === 0;
	}

	/** What to choose from: matrix units only where the browser exposes them, or somebody asked for them. */
	get engineNames(): readonly BlockEngineName[] {
		const hasMatrices = this.adapter !== undefined && this.adapter.matrixUnits.type !== 'absent';
		return BLOCK_ENGINES.filter(
			(name) => name !== 'matrix' || hasMatrices || this.engineChoice.name === name,
		);
	}

	/** Why the `matrix` engine draws without matrix units; undefined if it is not chosen, or does not. */
	get matrixTrouble(): MatrixTrouble | undefined {
		const matrixUnits = this.adapter?.matrixUnits;
		if (this.engineChoice.name !== 'matrix' || matrixUnits === undefined) return undefined;
		return matrixUnits.type === 'absent' || matrixUnits.type === 'refused'
			? matrixUnits
			: undefined;
	}

	/** The parts of the model that the chosen engine leaves to ONNX Runtime, as far as is known. */
	get fallbacks(): readonly Fallback[] {
		return this.memory.forecast?.plan.fallbacks ?? [];
	}

	/** What is on show: one from the history if it was opened, else the last one drawn. */
	get picture(): Picture | undefined {
		return this.history.opened ?? this.generation.picture;
	}

	get title(): string {
		const { generation, installation, attention } = this;
		const { title } = language.messages;
		if (generation.running) return title.drawing(generation.progress.fraction);
		if (installation.running) return title.installing(installation.fraction ?? 0);
		return attention.unseen ? title.done : title.idle;
	}

	/** Finds the GPU and the models, and installs the default one on a first visit. */
	async open(): Promise<void> {
		this.start = { status: 'starting' };
		void this.attempt(() => this.history.load());
		void this.queue.findLeftBehind();
		try {
			this.adapter = await this.#engine.open();
			this.memory.useGpu(gpuName(this.adapter));
			this.models = await this.#engine.models();
			const model = this.#chosenModel;
			if (model === undefined) {
				this.start = { status: 'no-models' };
				return;
			}
			this.#use(model);
			this.start = { status: 'ready' };
		} catch (error) {
			const failure = describeFailure(error);
			this.start = {
				status: hasCode(error, 'webgpu-unavailable') ? 'no-webgpu' : 'failed',
				failure,
			};
			return;
		}
		if (this.models.some(({ can }) => can.adapters)) void this.adapters.refresh();
		await this.openLink();
		if (this.model?.installed === false) await this.#install(this.model);
	}

	/** After models came, went or were mended. One that came is drawn with from now on. */
	async refreshModels(): Promise<void> {
		const { model, models } = this;
		if (model === undefined) return;
		await this.attempt(async () => {
			await this.#engine.reopenModels();
			this.models = await this.#engine.models();
			const isNew = ({ id }: ModelInfo) => !models.some((old) => old.id === id && old.installed);
			const arrived = this.#installedModels.find((offered) => !offered.bundled && isNew(offered));
			if (arrived !== undefined) this.composer.modelId = undefined;
			const next = arrived ?? this.#chosenModel;
			if (next === undefined) return;
			this.#use(next);
			if (!next.installed) this.installation.offer(next);
		});
	}

	/** Draws with this model from now on, once it is installed. */
	async chooseModel(id: ModelId): Promise<void> {
		const model = this.models.find((offered) => offered.id === id);
		if (model === undefined) return;
		this.composer.modelId = id;
		this.#use(model);
		if (!model.installed) await this.#install(model);
	}

	/** Draws with this engine from now on. */
	chooseEngine(name: BlockEngineName): void {
		if (!this.canChooseEngine || name === this.engineChoice.name) return;
		this.engineChoice.choose(name);
		this.#engine.use(name);
		this.memory.engineChanged();
		this.#engine.open().then(
			(adapter) => {
				if (name === this.engineChoice.name) this.adapter = adapter;
			},
			// The next picture fails with it.
			() => undefined,
		);
	}

	get #installedModels(): readonly ModelInfo[] {
		return this.models.filter(({ installed }) => installed);
	}

	/** The one chosen by name if it is still offered, else the first that is installed, else the first. */
	get #chosenModel(): ModelInfo | undefined {
		const chosen = this.models.find(({ id }) => id === this.composer.modelId);
		return chosen ?? this.#installedModels[0] ?? this.models[0];
	}

	#switchTo(id: string | undefined): ModelInfo | undefined {
		const named = (offered: ModelInfo): boolean => id !== undefined && isNameOf(id, offered);
		const wanted = this.#installedModels.find(named);
		if (wanted !== undefined && wanted.id !== this.model?.id) void this.chooseModel(wanted.id);
		return this.model;
	}

	#use(model: ModelInfo): void {
		const other = model.id !== this.model?.id;
		this.model = model;
		if (!other) return;
		this.installation.dismiss();
		this.composer.adopt(model);
	}

	/** Fills the form from the page's address, if that holds a recipe. */
	async openLink(): Promise<void> {
		if (this.model !== undefined) await this.restoring.fromLink(this.#environment.takeHash());
	}

	async openFile(file: File): Promise<void> {
		if (this.model !== undefined) await this.restoring.fromFile(file);
	}

	/** Also repairs: what is missing or damaged is fetched, and the rest left alone. */
	async install(): Promise<void> {
		const { model } = this;
		if (model === undefined) return;
		this.toasts.clear();
		await this.#install(model);
	}

	async #install(model: ModelInfo): Promise<void> {
		const isWhole = await this.installation.run(model);
		if (isWhole && model.installed) this.toasts.info(({ install }) => install.done(model.name));
	}

	/** Begins to draw unless something is drawn already. False when the composer has something to correct first. */
	async generate(): Promise<boolean> {
		return this.canGenerate ? this.enqueue() : true;
	}

	/** Asks for the composer's pictures after those that were asked for before, or before them. */
	async enqueue(place: 'first' | 'last' = 'last'): Promise<boolean> {
		const { model, composer } = this;
		if (!this.canEnqueue || model === undefined) return true;
		const recipe = composer.submit(model);
		if (recipe === undefined) return false;
		this.#ask(recipe, composer.validCount, place);
		return true;
	}

	/** Draws a picture again with another seed; what is composed stays as it is. */
	vary({ recipe }: Picture): void {
		const model = this.#installedModels.find(({ id }) => id === recipe.modelId);
		if (model === undefined || !this.canEnqueue) {
			this.toasts.info(({ picture }) => picture.varyFailed);
			return;
		}
		this.#ask({ ...recipe, seed: this.#environment.randomSeed() });
	}

	#ask(recipe: Recipe, count?: number, place?: 'first' | 'last'): void {
		// Whoever asks wants to see it come; whoever looks at another picture meanwhile keeps that.
		if (this.queue.pictures === 0) {
			this.toasts.clear();
			this.showNewest();
		}
		this.installation.dismiss();
		this.queue.add(recipe, count, place);
	}

	/** Puts what is being drawn on show, or what was drawn last. */
	showNewest(): void {
		const { history, generation } = this;
		this.unseenPictures = 0;
		history.leave();
		if (!generation.running) history.currentId = this.#drawnId;
	}

	/** Stops the picture being drawn, or the one that waits for another tab; the next one is begun. */
	stop(): void {
		if (!this.queue.stopWaiting()) this.generation.cancel();
	}

	/** Stops the picture being drawn and takes all others off. */
	stopAll(): void {
		const removed = this.queue.removeAll();
		this.stop();
		this.#offerBatches(removed, 0);
	}

	removeBatch(batch: Batch): void {
		const at = this.queue.batches.indexOf(batch);
		const removed = this.queue.remove(batch.id);
		if (removed !== undefined) this.#offerBatches([removed], at);
	}

	#offerBatches(batches: readonly Batch[], at: number): void {
		if (batches.length === 0) return;
		this.toasts.info(({ queue }) => queue.removed(picturesLeft(batches)), {
			...{ key: 'queue', milliseconds: UNDO_MILLISECONDS },
			action: {
				say: ({ history }) => history.undo,
				run: () => this.queue.putBack(batches, at),
			},
		});
	}

	/** Takes a batch back into the form. */
	editBatch(batch: Batch): void {
		const { queue, composer, model } = this;
		const draft = composer.draft;
		const at = queue.batches.indexOf(batch);
		const removed = queue.remove(batch.id);
		if (removed === undefined || model === undefined) return;
		this.restoring.reuse(nextRecipe(removed), []);
		composer.count = removed.total - removed.done;
		this.toasts.info(({ queue: text }) => text.edited, {
			...{ key: 'draft', milliseconds: UNDO_MILLISECONDS },
			action: {
				say: ({ history }) => history.undo,
				run: () => {
					composer.bringBack(draft, model);
					queue.putBack([removed], at);
				},
			},
		});
	}

	/** Fills in how the picture on show was made. */
	reuse(picture: Picture): void {
		const { opened, warnings } = this.history;
		this.restoring.reuse(picture.recipe, picture === opened ? warnings : []);
	}

	/** Whatever cannot be done becomes a message. */
	async attempt(act: () => Promise<unknown>): Promise<void> {
		try {
			await act();
		} catch (error) {
			this.toasts.error(describeFailure(error));
		}
	}

	openPicture(id: number): Promise<void> {
		return this.attempt(() => this.history.open(id));
	}

	/** Deletes the picture on show, and shows the one that lay beside it. */
	async removeShown(): Promise<void> {
		const { history } = this;
		const id = history.currentId;
		if (id === undefined) return;
		const at = history.shown.indexOf(id);
		await this.desk.remove([id]);
		if (history.ids.includes(id)) return;
		if (id === this.#drawnId) {
			this.#drawnId = undefined;
			this.generation.picture = undefined;
		}
		history.leave();
		const beside = history.shown[at] ?? history.shown.at(-1);
		if (beside !== undefined) await this.openPicture(beside);
	}

	stepPicture(by: 1 | -1): Promise<void> {
		return this.attempt(() => this.history.step(by));
	}

	/** To be called when the draft changes. */
	saveDraft(): void {
		// Before a model is known the size is not either.
		if (this.composer.size !== undefined) writeDraft(this.#drafts, this.composer.draft);
	}

	countTokens(): void {
		this.tokens.update(
			this.model?.installed ? this.model.id : undefined,
			this.composer.trimmedPrompt,
		);
	}

	/** Follows what is composed with what it would take. */
	foreseeMemory(): void {
		this.memory.foresee(this.#planSubject);
	}

	get #planSubject(): PlanSubject | undefined {
		const { model, composer } = this;
		const { size, validSteps } = composer;
		if (!model?.installed || size === undefined || validSteps === undefined) return undefined;
		return { modelId: model.id, width: size.width, height: size.height, steps: validSteps };
	}

	/** A model's files cannot go while they are read. */
	async #release(modelId: string): Promise<void> {
		const { batches } = this.queue;
		for (const batch of batches) if (batch.recipe.modelId === modelId) this.queue.remove(batch.id);
		if (!this.manager.isDrawnWith(modelId)) return;
		this.generation.cancel();
		await this.#drawing;
	}
}
