import type { ModelReference, RecipeSettings } from '../share/recipe-settings.ts';

/** How a picture came to be. The engine's `GenerationReport` fits as it is. */
export interface PictureReport {
	readonly promptTokens: number;
	/** Milliseconds */
	readonly stageMilliseconds: Readonly<Record<'tokenise' | 'encode' | 'sample' | 'decode', number>>;
	readonly totalMilliseconds: number;
	readonly peakGpuBytes: number;
	readonly peakWeightBytes: number;
	readonly bytesRead: number;
}

/** What the grid shows of a picture. */
export interface HistoryEntry {
	/** Counts up: a higher id is a newer picture. */
	readonly id: number;
	/** Milliseconds since 1970 */
	readonly createdAt: number;
	readonly recipe: RecipeSettings;
	readonly model: ModelReference;
	readonly report: PictureReport;
	/** At most 256 pixels a side, WebP or PNG; stays on disk until it is shown */
	readonly thumbnail: Blob;
}

/** An entry as it is stored. */
export interface StoredEntry extends HistoryEntry {
	/** Picture and thumbnail together */
	readonly bytes: number;
	/** Milliseconds since 1970; there only while a deletion can be undone */
	readonly deletedAt?: number;
}

/**
 * Checks what the database gave back: another version or a damaged disk may have written it.
 *
 * @returns undefined for what is no entry
 */
export function readEntry(value: unknown): HistoryEntry | undefined {
	if (!isObject(value)) return undefined;
	const { id, createdAt, recipe, model, report, thumbnail } = value;
	const valid =
		isNumbers({ id, createdAt }, ['id', 'createdAt']) &&
		isObject(recipe) &&
		typeof recipe['prompt'] === 'string' &&
		isNumbers(recipe, ['seed', 'width', 'height', 'steps']) &&
		isObject(model) &&
		typeof model['id'] === 'string' &&
		['string', 'undefined'].includes(typeof model['revision']) &&
		isObject(report) &&
		isNumbers(report, ['promptTokens', 'totalMilliseconds', 'peakGpuBytes', 'peakWeightBytes']) &&
		isNumbers(report, ['bytesRead']) &&
		isObject(report['stageMilliseconds']) &&
		isNumbers(report['stageMilliseconds'], ['tokenise', 'encode', 'sample', 'decode']) &&
		thumbnail instanceof Blob;
	return valid ? (value as unknown as HistoryEntry) : undefined;
}

function isNumbers(value: Readonly<Record<string, unknown>>, fields: readonly string[]): boolean {
	return fields.every((field) => Number.isFinite(value[field]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}
