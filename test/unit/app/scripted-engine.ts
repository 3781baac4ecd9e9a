import type {
	AdapterInfo,
	DrawnPicture,
	EngineEvent,
	GenerateOptions,
	MemoryPlan,
	ModelId,
	ModelInfo,
	PlanSubject,
	Recipe,
	SwitchableEngine,
	TokenCount,
} from '../../../src/engine/engine.ts';
import type { BlockEngineName } from '../../../src/engine/block-engine-names.ts';
import { language } from '../../../src/app/i18n/language.svelte.ts';
import type { Environment } from '../../../src/app/studio/environment.ts';
import type { AttentionPlatform } from '../../../src/app/picture/attention.svelte.ts';
import type { PictureCodec } from '../../../src/app/picture/picture-codec.ts';
import type { LibraryStore, PictureStore } from '../../../src/app/history/history.svelte.ts';
import { PictureLostError } from '../../../src/history/errors.ts';
import { PLAIN_CAPABILITIES } from '../../fixtures/capabilities.ts';
import type { HistoryEntry } from '../../../src/history/history-entry.ts';
import type {
	BroughtPicture,
	KeptPicture,
	NewPicture,
} from '../../../src/history/picture-history.ts';
import type { Board, PictureMark } from '../../../src/history/library-database.ts';
import { type PictureSummary, summaryOf } from '../../../src/history/picture-summary.ts';
import type { DrawingTurn } from '../../../src/app/queue/drawing-turn.ts';
import type { OpenTabs } from '../../../src/app/queue/queue-storage.ts';
import type { KeptTexts } from '../../../src/app/studio/key-value-storage.ts';

// As main.ts does before it shows anything.
await language.start(memoryStorage(), ['en']);

export const ADAPTER: AdapterInfo = {
	vendor: 'test',
	architecture: '',
	description: '',
	software: false,
	matrixUnits: { type: 'absent' },
};

export const MODEL: ModelInfo = {
	id: 'demo' as ModelId,
	name: 'Demo',
	installed: true,
	bundled: true,
	bytes: 1000,
	revision: '1',
	examples: ['a red circle'],
	can: {
		...PLAIN_CAPABILITIES,
		sizes: [
			{ width: 256, height: 256 },
			{ width: 512, height: 256 },
		],
	},
};

export const PLAN: MemoryPlan = {
	budgetBytes: 4e9,
	peakBytes: 3.9e9,
	leastBytes: 1.8e9,
	isExact: true,
	fallbacks: [],
	blocks: 34,
	residentBlocks: 9,
	streamedBytesPerStep: 25 * 362e6,
};

export function pictureOf(recipe: Recipe): DrawnPicture {
	const { width, height } = recipe;
	return {
		recipe,
		width,
		height,
		rgba: new Uint8ClampedArray(width * height * 4),
		report: {
			promptTokens: 12,
			stageMilliseconds: { tokenise: 1, encode: 200, sample: 400, decode: 50 },
			totalMilliseconds: 651,
			peakGpuBytes: 1e6,
			stagePeakGpuBytes: { tokenise: 0, encode: 1e5, sample: 1e6, decode: 1e5 },
			peakWeightBytes: 1e5,
			stepMilliseconds: [100, 100, 100, 100],
			plan: PLAN,
			bytesRead: 1e6,
		},
	};
}

interface Call<Argument, Event, Result> {
	readonly argument: Argument;
	readonly emit: (event: Event) => void;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
	readonly signal: AbortSignal | undefined;
}

interface GenerateCall extends Call<Recipe, EngineEvent, DrawnPicture> {
	readonly budgetBytes: number | undefined;
}

function deferred<Argument, Event, Result>(
	calls: Call<Argument, Event, Result>[],
	argument: Argument,
	emit: (event: Event) => void,
	signal: AbortSignal | undefined,
): Promise<Result> {
	return new Promise((resolve, reject) => {
		signal?.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
		calls.push({ argument, emit, resolve, reject, signal });
	});
}

/** An engine whose calls wait until the test answers them. */
export class ScriptedEngine implements SwitchableEngine {
	readonly generations: GenerateCall[] = [];
	readonly plans: { readonly subject: PlanSubject; readonly budgetBytes: number }[] = [];
	/** How plans differ from the usual one. */
	planned: Partial<MemoryPlan> = {};
	planError: Error | undefined;
	offered: readonly ModelInfo[] = [MODEL];
	openError: Error | undefined;
	adapter: AdapterInfo = ADAPTER;
	/** What was asked to draw, one after the other. */
	readonly used: BlockEngineName[] = [];

	use(blockEngine: BlockEngineName): void {
		this.used.push(blockEngine);
	}

	async open(): Promise<AdapterInfo> {
		if (this.openError !== undefined) throw this.openError;
		return this.adapter;
	}

	async models(): Promise<readonly ModelInfo[]> {
		return this.offered;
	}

	async countTokens(_modelId: ModelId, prompt: string): Promise<TokenCount> {
		return { tokens: prompt.length, limitTokens: 512 };
	}

	async reopenModels(): Promise<void> {
		// It has none open.
	}

	generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		{ signal, budgetBytes }: GenerateOptions = {},
	): Promise<DrawnPicture> {
		const calls: Call<Recipe, EngineEvent, DrawnPicture>[] = [];
		const picture = deferred(calls, recipe, onEvent, signal);
		this.generations.push({ ...last(calls), budgetBytes });
		return picture;
	}

	async plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		if (this.planError !== undefined) throw this.planError;
		this.plans.push({ subject, budgetBytes });
		return { ...PLAN, budgetBytes, ...this.planned };
	}
}

/** Seeds count up from 1; the test sets the clock and draws the frames. */
export class TestEnvironment implements Environment {
	#seed = 0;
	#tasks: readonly (() => void)[] = [];
	#paused: readonly (() => void)[] = [];
	readonly storage = memoryStorage();
	readonly tabStorage = memoryStorage();
	readonly openTabs = (): OpenTabs => {
		const own = crypto.randomUUID();
		return { own, names: async () => new Set([own]) };
	};
	readonly drawingTurn: DrawingTurn = ({ task }) => task();
	asked: BlockEngineName | undefined;
	readonly askedEngine = (): BlockEngineName | undefined => this.asked;
	readonly pictures = new MemoryPictures();
	readonly library = new MemoryLibrary(this.pictures);
	/** Another tab changed the history. */
	historyChanged: () => void = () => undefined;
	readonly onHistoryChange = (listener: () => void): void => {
		this.historyChanged = listener;
	};
	readonly attention = new ScriptedAttention();
	readonly codec: PictureCodec = {
		encode: async ({ rgba }) => new Blob([rgba]),
		decode: async (png) => ({
			...{ width: 256, height: 256 },
			rgba: new Uint8ClampedArray(await png.arrayBuffer()),
		}),
	};
	copied = '';
	readonly copyText = async (text: string): Promise<void> => {
		this.copied = text;
	};
	readonly downloads: { readonly file: Blob; readonly name: string }[] = [];
	readonly download = (file: Blob, name: string): void => {
		this.downloads.push({ file, name });
	};
	hash = '';

	readonly takeHash = (): string => {
		const { hash } = this;
		this.hash = '';
		return hash;
	};

	readonly randomSeed = (): number => {
		this.#seed += 1;
		return this.#seed;
	};
	/** How often the browser was asked to keep what is stored. */
	asksToKeep = 0;
	readonly persist = async (): Promise<boolean> => {
		this.asksToKeep += 1;
		return true;
	};
	readonly schedule = (task: () => void): (() => void) => {
		this.#tasks = [...this.#tasks, task];
		return () => {
			this.#tasks = this.#tasks.filter((other) => other !== task);
		};
	};
	readonly pause = (task: () => void): (() => void) => {
		this.#paused = [...this.#paused, task];
		return () => {
			this.#paused = this.#paused.filter((other) => other !== task);
		};
	};

	/** Hands come to rest. */
	rest(): void {
		const tasks = this.#paused;
		this.#paused = [];
		for (const task of tasks) task();
	}

	frame(): void {
		const tasks = this.#tasks;
		this.#tasks = [];
		for (const task of tasks) task();
	}
}

/** A history that forgets with the test. */
class MemoryPictures implements PictureStore {
	readonly #kept = new Map<number, KeptPicture>();
	readonly #deleted = new Set<number>();
	error: Error | undefined;

	async add({ recipe, model, report, png }: NewPicture): Promise<KeptPicture> {
		if (this.error !== undefined) throw this.error;
		const id = this.#kept.size + 1;
		const kept = {
			entry: { id, createdAt: id, recipe, model, report, thumbnail: png, warnings: [] },
			png,
		};
		this.#kept.set(id, kept);
		return kept;
	}

	async bring({ recipe, model, createdAt, file }: BroughtPicture): Promise<HistoryEntry> {
		const id = this.#kept.size + 1;
		const entry = { id, createdAt, recipe, model, thumbnail: file, warnings: [] };
		this.#kept.set(id, { entry, png: file });
		return entry;
	}

	async ids(): Promise<readonly number[]> {
		return [...this.#kept.keys()].filter((id) => !this.#deleted.has(id)).reverse();
	}

	async entries(ids: readonly number[]): Promise<ReadonlyMap<number, HistoryEntry>> {
		const found = ids.map((id) => this.#kept.get(id)).filter((kept) => kept !== undefined);
		return new Map(found.map(({ entry }) => [entry.id, entry]));
	}

	async png(id: number): Promise<Blob> {
		const kept = this.#kept.get(id);
		if (kept === undefined) throw new PictureLostError(id);
		return kept.png;
	}

	async delete(ids: readonly number[]): Promise<void> {
		for (const id of ids) this.#deleted.add(id);
	}

	async undoDelete(ids: readonly number[]): Promise<void> {
		for (const id of ids) this.#deleted.delete(id);
	}

	async sizes(): Promise<ReadonlyMap<number, number>> {
		return new Map((await this.ids()).map((id) => [id, 1000]));
	}

	async exportZip(
		ids: readonly number[],
		onPicture?: (done: number) => void,
	): Promise<ReadableStream<Uint8Array>> {
		onPicture?.(ids.length);
		return new Blob([`zip of ${ids.join()}`]).stream();
	}
}

/** Stars and boards that go with the test. */
class MemoryLibrary implements LibraryStore {
	readonly #pictures: MemoryPictures;
	readonly #marks = new Map<number, PictureMark>();
	#boards: readonly Board[] = [];

	constructor(pictures: MemoryPictures) {
		this.#pictures = pictures;
	}

	async marks(): Promise<ReadonlyMap<number, PictureMark>> {
		return new Map(this.#marks);
	}

	async boards(): Promise<readonly Board[]> {
		return this.#boards;
	}

	async star(ids: readonly number[], starred: boolean): Promise<void> {
		for (const id of ids) this.#marks.set(id, { ...this.#marks.get(id), id, starred });
	}

	async file(ids: readonly number[], board: number | undefined): Promise<void> {
		for (const id of ids) {
			const starred = this.#marks.get(id)?.starred ?? false;
			this.#marks.set(id, board === undefined ? { id, starred } : { id, starred, board });
		}
	}

	async addBoard(name: string): Promise<Board> {
		const board = { id: this.#boards.length + 1, name };
		this.#boards = [...this.#boards, board];
		return board;
	}

	async renameBoard(board: Board): Promise<void> {
		this.#boards = this.#boards.map((other) => (other.id === board.id ? board : other));
	}

	async removeBoard(id: number): Promise<void> {
		this.#boards = this.#boards.filter((board) => board.id !== id);
		await this.file(
			[...this.#marks.values()].filter(({ board }) => board === id).map((mark) => mark.id),
			undefined,
		);
	}

	async summaries(ids: readonly number[]): Promise<ReadonlyMap<number, PictureSummary>> {
		const entries = await this.#pictures.entries(ids);
		return new Map(Array.from(entries, ([id, entry]) => [id, summaryOf(entry)]));
	}
}

class ScriptedAttention implements AttentionPlatform {
	isHidden = false;
	awake = false;
	answer: NotificationPermission = 'granted';
	readonly notified: string[] = [];

	hidden(): boolean {
		return this.isHidden;
	}

	permission(): NotificationPermission {
		return 'default';
	}

	async requestPermission(): Promise<NotificationPermission> {
		return this.answer;
	}

	notify(title: string): void {
		this.notified.push(title);
	}

	keepAwake(): () => void {
		this.awake = true;
		return () => {
			this.awake = false;
		};
	}
}

export function memoryStorage(): KeptTexts {
	const texts = new Map<string, string>();
	return {
		read: (key) => texts.get(key),
		write: (key, value) => void texts.set(key, value),
		remove: (key) => void texts.delete(key),
		keys: (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
	};
}

export function last<Item>(items: readonly Item[]): Item {
	const item = items.at(-1);
	if (item === undefined) throw new Error('Nothing was called yet.');
	return item;
}

/** Lets everything that only waits for promises happen. */
export function settle(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve));
}
