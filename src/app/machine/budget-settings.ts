import { MAX_BUDGET_BYTES, MIN_BUDGET_BYTES } from '../../engine/engine.ts';
import {
	type AutoBudget,
	type BudgetSearch,
	NOTHING_LEARNED,
	type PictureKind,
} from './auto-budget.ts';
import type { KeyValueStorage } from '../studio/key-value-storage.ts';

const STORAGE_KEY = 'shardlight.memory';

/** Bytes of GPU memory, or whatever turns out to be best. */
export type BudgetChoice = number | 'auto';

/** What survives a reload of the budget. */
export interface BudgetSettings {
	readonly choice: BudgetChoice;
	/** Where `learned` was learned: it means nothing on another GPU. */
	readonly gpu: string;
	readonly learned: AutoBudget;
}

export const DEFAULT_SETTINGS: BudgetSettings = {
	choice: 'auto',
	gpu: '',
	learned: NOTHING_LEARNED,
};

function isBudget(value: unknown): value is number {
	return typeof value === 'number' && value >= MIN_BUDGET_BYTES && value <= MAX_BUDGET_BYTES;
}

/** Anything may be missing or wrong: another version may have written it. */
export function readBudgetSettings(storage: KeyValueStorage): BudgetSettings {
	const text = storage.read(STORAGE_KEY);
	if (text === undefined) return DEFAULT_SETTINGS;
	try {
		return checkSettings(JSON.parse(text));
	} catch {
		return DEFAULT_SETTINGS;
	}
}

export function writeBudgetSettings(storage: KeyValueStorage, settings: BudgetSettings): void {
	storage.write(STORAGE_KEY, JSON.stringify(settings));
}

function checkSettings(value: unknown): BudgetSettings {
	if (!isObject(value)) return DEFAULT_SETTINGS;
	const { choice, gpu, learned } = value;
	return {
		choice: isBudget(choice) ? choice : 'auto',
		gpu: typeof gpu === 'string' ? gpu : '',
		learned: checkLearned(learned),
	};
}

function checkLearned(value: unknown): AutoBudget {
	if (!isObject(value) || !isBudget(value['ceilingBytes'])) return NOTHING_LEARNED;
	const { ceilingBytes, searches } = value;
	if (!Array.isArray(searches)) return { ceilingBytes, searches: [] };
	return { ceilingBytes, searches: searches.flatMap(checkSearch) };
}

function checkSearch(value: unknown): readonly BudgetSearch[] {
	if (!isObject(value)) return [];
	const { kind, budgetBytes, doubts, best } = value;
	if (typeof kind !== 'string' || !isBudget(budgetBytes) || typeof doubts !== 'number') return [];
	const search = { kind: kind as PictureKind, budgetBytes, doubts };
	if (!isObject(best)) return [search];
	const { budgetBytes: bestBytes, stepMilliseconds } = best;
	if (!isBudget(bestBytes) || typeof stepMilliseconds !== 'number') return [search];
	return [{ ...search, best: { budgetBytes: bestBytes, stepMilliseconds } }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}
