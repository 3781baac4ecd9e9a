import {
	DEFAULT_BUDGET_BYTES,
	MAX_BUDGET_BYTES,
	MIN_BUDGET_BYTES,
	type MemoryPlan,
	type PlanSubject,
} from '../../engine/engine.ts';
import { medianStep } from './median-step.ts';

/** Pictures of the same model and size: only their step times can be compared. */
export type PictureKind = string & { readonly __brand: 'PictureKind' };

/** What became of a picture. */
export type BudgetOutcome =
	| {
			readonly type: 'drawn';
			readonly kind: PictureKind;
			/** What the picture was allowed. */
			readonly budgetBytes: number;
			/** One for each sampling step. */
			readonly stepMilliseconds: readonly number[];
			readonly plan: Pick<MemoryPlan, 'isExact' | 'streamedBytesPerStep'>;
	  }
	/** An allocation failed, or the device was lost while memory was being taken. */
	| { readonly type: 'out-of-memory'; readonly kind: PictureKind; readonly budgetBytes: number };

/** A budget that did well, and how well. */
interface Measured {
	readonly budgetBytes: number;
	readonly stepMilliseconds: number;
}

/** The climb for one kind of picture. */
export interface BudgetSearch {
	readonly kind: PictureKind;
	/** For the next picture. */
	readonly budgetBytes: number;
	/** Absent until a picture was measured. */
	readonly best?: Measured;
	/** Pictures in a row that spoke against `budgetBytes`. */
	readonly doubts: number;
}

/** What "auto" has learned. */
export interface AutoBudget {
	/** Never more than this: more was tried and failed, or made the driver page. */
	readonly ceilingBytes: number;
	/** The kind drawn last comes last. */
	readonly searches: readonly BudgetSearch[];
}

export const NOTHING_LEARNED: AutoBudget = { ceilingBytes: MAX_BUDGET_BYTES, searches: [] };

const RAISE = 1.25;
const LOWER = 0.8;
/** A raise that saves less than 3 % of a step is not worth the memory. */
const FALL = 0.97;
/** Steps differ by some 10 % as a GPU warms up; a driver that pages takes several times as long. */
const JUMP = 1.4;
/** One picture without a gain may have been held up by another program. */
const DOUBTS_TO_STOP = 2;
/** Kinds that are remembered. */
const MAX_SEARCHES = 16;
const GRAIN_BYTES = 1e8;

export function pictureKind({ modelId, width, height }: PlanSubject): PictureKind {
	// Steps after the first take the same, however many there are.
	return `${modelId} ${width}x${height}` as PictureKind;
}

/**
 * The budget for the next picture of a kind.
 *
 * @param leastBytes what this kind needs: "auto" goes that far by itself, but never past its ceiling
 */
export function autoBudgetBytes(state: AutoBudget, kind: PictureKind, leastBytes = 0): number {
	const wanted = findSearch(state, kind)?.budgetBytes ?? DEFAULT_BUDGET_BYTES;
	const least = Math.ceil(leastBytes / GRAIN_BYTES) * GRAIN_BYTES;
	return Math.min(Math.max(wanted, least), state.ceilingBytes);
}

/**
 * Raises the budget while step time falls, and lowers the ceiling for good when an allocation fails or
 * step time jumps: some drivers page instead of failing. A ratchet, because a budget that follows every
 * measurement swings up and down with them: each kind's budget goes up as long as that pays and then
 * stays; the ceiling only goes down.
 */
export function learnBudget(state: AutoBudget, outcome: BudgetOutcome): AutoBudget {
	const { kind, budgetBytes } = outcome;
	const search = findSearch(state, kind) ?? { kind, budgetBytes, doubts: 0 };
	if (outcome.type === 'out-of-memory') {
		const worked = search.best?.budgetBytes ?? 0;
		const knownGood = worked < budgetBytes ? worked : 0;
		return withCeiling(withSearch(state, search), Math.max(lowered(budgetBytes), knownGood));
	}
	const step = medianStep(outcome.stepMilliseconds);
	// An engine that allocates as it likes heeds no budget.
	if (step === undefined || !outcome.plan.isExact) return state;
	const isTry = search.best === undefined || budgetBytes === search.budgetBytes;
	if (!isTry || budgetBytes > state.ceilingBytes) return state;
	const measured = { budgetBytes, stepMilliseconds: step };
	const everythingStays = outcome.plan.streamedBytesPerStep === 0;
	return judge(state, search, measured, everythingStays);
}

function judge(
	state: AutoBudget,
	search: BudgetSearch,
	measured: Measured,
	everythingStays: boolean,
): AutoBudget {
	const { best } = search;
	const { budgetBytes, stepMilliseconds } = measured;
	const accepted: BudgetSearch = {
		...search,
		budgetBytes: everythingStays ? budgetBytes : raised(budgetBytes, state.ceilingBytes),
		best: measured,
		doubts: 0,
	};
	if (best === undefined) return withSearch(state, accepted);

	const jumped = stepMilliseconds > JUMP * best.stepMilliseconds;
	const doubts = search.doubts + 1;
	if (budgetBytes > best.budgetBytes) {
		const back = { ...search, budgetBytes: best.budgetBytes, doubts: 0 };
		if (jumped) return withCeiling(withSearch(state, back), best.budgetBytes);
		if (stepMilliseconds < FALL * best.stepMilliseconds) return withSearch(state, accepted);
		return withSearch(state, doubts < DOUBTS_TO_STOP ? { ...search, doubts } : back);
	}
	if (jumped) {
		if (doubts < DOUBTS_TO_STOP) return withSearch(state, { ...search, doubts });
		return withCeiling(withSearch(state, search), lowered(budgetBytes));
	}
	const quickest = Math.min(best.stepMilliseconds, stepMilliseconds);
	return withSearch(state, {
		...search,
		best: { budgetBytes, stepMilliseconds: quickest },
		doubts: 0,
	});
}

function findSearch({ searches }: AutoBudget, kind: PictureKind): BudgetSearch | undefined {
	return searches.find((search) => search.kind === kind);
}

function withSearch(state: AutoBudget, search: BudgetSearch): AutoBudget {
	const others = state.searches.filter(({ kind }) => kind !== search.kind);
	return { ...state, searches: [...others, search].slice(-MAX_SEARCHES) };
}

/** Budgets above the ceiling come down to it, and what was measured with them counts no more. */
function withCeiling({ ceilingBytes, searches }: AutoBudget, bytes: number): AutoBudget {
	const ceiling = Math.min(ceilingBytes, bytes);
	return {
		ceilingBytes: ceiling,
		searches: searches.map((search) => {
			if (search.budgetBytes <= ceiling && (search.best?.budgetBytes ?? 0) <= ceiling) {
				return search;
			}
			const { kind, best } = search;
			const budgetBytes = Math.min(search.budgetBytes, ceiling);
			const still = best !== undefined && best.budgetBytes <= ceiling ? { best } : {};
			return { kind, budgetBytes, doubts: 0, ...still };
		}),
	};
}

function raised(bytes: number, ceilingBytes: number): number {
	const grown = Math.round((bytes * RAISE) / GRAIN_BYTES) * GRAIN_BYTES;
	return Math.max(bytes, Math.min(grown, ceilingBytes));
}

function lowered(bytes: number): number {
	const shrunk = Math.floor((bytes * LOWER) / GRAIN_BYTES) * GRAIN_BYTES;
	return Math.max(MIN_BUDGET_BYTES, shrunk);
}
