import type { AdapterInfo, Engine, EngineEvent, ModelInfo } from '../../engine/engine.ts';
import { language } from '../i18n/language.svelte.ts';
import { Composer } from './composer.svelte.ts';
import { type Environment, browserEnvironment } from './environment.ts';
import { type Failure, describeFailure, isWebGpuMissing } from './failure.ts';
import { Generation } from './generation.svelte.ts';
import { Installation } from './installation.svelte.ts';
import { Notices } from './notices.svelte.ts';

export type StartState =
	| { readonly status: 'starting' }
	| { readonly status: 'no-webgpu'; readonly failure: Failure }
	| { readonly status: 'no-models' }
	| { readonly status: 'failed'; readonly failure: Failure }
	| { readonly status: 'ready' };

/** The whole page's state: what there is, what runs, and what the user may do about it. */
export class Studio {
	readonly #engine: Engine;
	readonly composer: Composer;
	readonly installation: Installation;
	readonly generation: Generation;
	readonly notices = new Notices();

	start: StartState = $state.raw({ status: 'starting' });
	adapter: AdapterInfo | undefined = $state.raw();
	model: ModelInfo | undefined = $state.raw();

	constructor(engine: Engine, environment: Environment = browserEnvironment) {
		this.#engine = engine;
		this.composer = new Composer(environment.randomSeed);
		this.installation = new Installation(engine, environment);
		this.generation = new Generation(engine, environment);
	}

	get canGenerate(): boolean {
		const installed = this.model?.installed ?? false;
		return installed && !this.installation.running && !this.generation.running;
	}

	get title(): string {
		const { generation, installation } = this;
		const { title } = language.messages;
		if (generation.running) return title.drawing(generation.progress.fraction);
		if (installation.running) return title.installing(installation.fraction ?? 0);
		return title.idle;
	}

	/** Finds the GPU and the models, and installs the default one on a first visit. */
	async open(): Promise<void> {
		this.start = { status: 'starting' };
		try {
			this.adapter = await this.#engine.open();
			const [model] = await this.#engine.models();
			if (model === undefined) {
				this.start = { status: 'no-models' };
				return;
			}
			this.model = model;
			this.composer.adopt(model);
			this.start = { status: 'ready' };
		} catch (error) {
			const failure = describeFailure(error);
			this.start = { status: isWebGpuMissing(error) ? 'no-webgpu' : 'failed', failure };
			return;
		}
		if (!this.model.installed) await this.install();
	}

	/** Also repairs: the engine fetches what is missing or damaged and leaves the rest alone. */
	async install(): Promise<void> {
		const { model } = this;
		if (model === undefined) return;
		this.notices.clear();
		const installed = await this.installation.run(model);
		if (installed === undefined) return;
		this.model = installed;
		if (model.installed) this.notices.info(({ install }) => install.done(model.name));
	}

	/** False when the composer has something to correct first. */
	async generate(): Promise<boolean> {
		const { model } = this;
		if (!this.canGenerate || model === undefined) return true;
		const recipe = this.composer.submit(model);
		if (recipe === undefined) return false;
		this.notices.clear();
		this.installation.dismiss();
		try {
			const picture = await this.generation.run(recipe, (event) => this.#announce(event));
			if (picture !== undefined) this.composer.pictureDone(recipe.seed);
		} catch (error) {
			this.notices.error(describeFailure(error));
		}
		return true;
	}

	#announce(event: EngineEvent): void {
		if (event.type !== 'prompt-cut') return;
		const { promptTokens, limitTokens } = event;
		this.notices.info(({ notice }) => notice.promptCut(promptTokens, limitTokens));
	}
}
