import { SvelteMap } from 'svelte/reactivity';
import {
	DEFAULT_BUDGET_BYTES,
	type DrawnPicture,
	type Engine,
	MAX_BUDGET_BYTES,
	type MemoryPlan,
	type PlanSubject,
} from '../../engine/engine.ts';
import {
	NOTHING_LEARNED,
	type PictureKind,
	autoBudgetBytes,
	learnBudget,
	pictureKind,
} from './auto-budget.ts';
import {
	type BudgetChoice,
	type BudgetSettings,
	DEFAULT_SETTINGS,
	readBudgetSettings,
	writeBudgetSettings,
} from './budget-settings.ts';
import type { Environment } from '../studio/environment.ts';
import { FrameThrottle } from '../studio/frame-throttle.ts';
import { StepTimes } from './step-times.ts';

/** A picture that was asked about, and how it would use memory. */
interface Forecast {
	readonly subject: PlanSubject;
	readonly plan: MemoryPlan;
	/** Milliseconds of a step, once such a picture was drawn. */
	readonly stepMilliseconds: number | undefined;
}

/** How much GPU memory pictures may take, and how the next one would use it. */
export class Memory {
	readonly #engine: Engine;
	readonly #environment: Environment;
	readonly #throttle: FrameThrottle;
	#stepTimes = new StepTimes();
	/** Bytes that kinds of pictures need, as far as plans have told. */
	readonly #leastBytes = new SvelteMap<PictureKind, number>();
	#settings: BudgetSettings = $state.raw(DEFAULT_SETTINGS);
	#subject: PlanSubject | undefined = $state.raw();
	#asking = false;
	/** Counts what made earlier forecasts wrong. */
	#revision = 0;

	forecast: Forecast | undefined = $state.raw();

	constructor(engine: Engine, environment: Environment) {
		this.#engine = engine;
		this.#environment = environment;
		this.#settings = readBudgetSettings(environment.storage);
		this.#throttle = new FrameThrottle(() => void this.#ask(), environment.pause);
	}

	get choice(): BudgetChoice {
		return this.#settings.choice;
	}

	/** For the next picture that is composed. */
	get budgetBytes(): number {
		return this.#subject === undefined ? this.#fallbackBytes : this.budgetFor(this.#subject);
	}

	/** What "auto" will not exceed because more has failed here; undefined while nothing has. */
	get ceilingBytes(): number | undefined {
		const { ceilingBytes } = this.#settings.learned;
		return ceilingBytes < MAX_BUDGET_BYTES ? ceilingBytes : undefined;
	}

	/** False if the picture cannot be drawn within the budget; undefined while nobody knows. */
	get fits(): boolean | undefined {
		if (this.forecast === undefined) return undefined;
		const { isExact, leastBytes } = this.forecast.plan;
		return !isExact || leastBytes <= this.budgetBytes;
	}

	budgetFor(subject: PlanSubject): number {
		const { choice, learned } = this.#settings;
		if (choice !== 'auto') return choice;
		const kind = pictureKind(subject);
		return autoBudgetBytes(learned, kind, this.#leastBytes.get(kind));
	}

	choose(choice: BudgetChoice): void {
		this.#change({ choice });
	}

	/** "auto" starts from the beginning. */
	forget(): void {
		this.#change({ learned: NOTHING_LEARNED });
	}

	/** What was learned on another GPU does not hold on this one. */
	useGpu(gpu: string): void {
		if (gpu !== this.#settings.gpu) this.#change({ gpu, learned: NOTHING_LEARNED });
	}

	/** Asks how this picture would use memory, once hands rest. */
	foresee(subject: PlanSubject | undefined): void {
		this.#subject = subject;
		if (subject === undefined) this.forecast = undefined;
		else this.#askSoon();
	}

	/** The engine plans otherwise than before. */
	refreshForecast(): void {
		this.#revision += 1;
		this.forecast = undefined;
		this.#askSoon();
	}

	/** Another engine draws from now on, in other times. */
	engineChanged(): void {
		this.#stepTimes = new StepTimes();
		this.refreshForecast();
	}

	drawn(picture: DrawnPicture): void {
		const { recipe, report } = picture;
		const { stepMilliseconds, plan } = report;
		this.#stepTimes.record(picture);
		if (this.forecast !== undefined) this.#show(this.forecast.subject, this.forecast.plan);
		if (this.choice !== 'auto') return;
		const kind = pictureKind(recipe);
		const { budgetBytes } = plan;
		const outcome = { type: 'drawn', kind, budgetBytes, stepMilliseconds, plan } as const;
		this.#change({ learned: learnBudget(this.#settings.learned, outcome) });
	}

	/** An allocation failed in a picture that was allowed so many bytes. */
	outOfMemory(subject: PlanSubject, budgetBytes: number): void {
		const outcome = { type: 'out-of-memory', kind: pictureKind(subject), budgetBytes } as const;
		this.#change({ learned: learnBudget(this.#settings.learned, outcome) });
	}

	get #fallbackBytes(): number {
		const { choice, learned } = this.#settings;
		return choice === 'auto' ? Math.min(DEFAULT_BUDGET_BYTES, learned.ceilingBytes) : choice;
	}

	#change(change: Partial<BudgetSettings>): void {
		this.#settings = { ...this.#settings, ...change };
		writeBudgetSettings(this.#environment.storage, this.#settings);
		this.#askSoon();
	}

	#askSoon(): void {
		this.#throttle.cancel();
		this.#throttle.request();
	}

	async #ask(): Promise<void> {
		const subject = this.#subject;
		if (this.#asking || subject === undefined) return;
		const budgetBytes = this.budgetFor(subject);
		const revision = this.#revision;
		this.#asking = true;
		try {
			const plan = await this.#engine.plan(subject, budgetBytes);
			if (plan.isExact) this.#leastBytes.set(pictureKind(subject), plan.leastBytes);
			if (this.#subject !== undefined && this.#revision === revision) this.#show(subject, plan);
		} catch {
			// A forecast is a courtesy: generating tells what is wrong.
			this.forecast = undefined;
		} finally {
			this.#asking = false;
		}
		const outdated = this.#subject !== undefined && this.budgetBytes !== budgetBytes;
		if (outdated || this.#subject !== subject || this.#revision !== revision)
			this.#throttle.request();
	}

	#show(subject: PlanSubject, plan: MemoryPlan): void {
		this.forecast = { subject, plan, stepMilliseconds: this.#stepTimes.estimate(subject, plan) };
	}
}
