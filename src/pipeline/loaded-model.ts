import type { Conditioning, TokenizedPrompt } from '../families/parts/prompt-encoder.ts';
import type { TakeTurn, Turn } from '../families/parts/turn.ts';
import type { BlockEngine } from '../gpu/block-engine.ts';
import type { InstalledModel } from './installed-model.ts';
import { ModelGraphs } from './runner/model-graphs.ts';

/** Prompts whose conditioning is kept; one of 512 tokens takes 8 MB at full size. */
const CACHED_PROMPTS = 8;

/** An installed model on a GPU: its graphs and what it remembers between pictures. No weights. */
export class LoadedModel {
	readonly installed: InstalledModel;
	readonly graphs: ModelGraphs;
	readonly #conditionings = new Map<string, Conditioning>();
	/** Of turns that no adapter changes: with other adapters a prompt is not read again. */
	readonly #results = new Map<string, unknown>();

	constructor(installed: InstalledModel, engine: BlockEngine) {
		this.installed = installed;
		this.graphs = new ModelGraphs(engine, installed.model.components);
	}

	/**
	 * As the model's `PromptEncoder.encode`, but for prompts that were encoded lately.
	 *
	 * @param adapters equal where prompts come out alike
	 */
	async encode(
		prompts: readonly TokenizedPrompt[],
		take: TakeTurn,
		adapters = '',
	): Promise<readonly Conditioning[]> {
		const keyOf = (prompt: TokenizedPrompt): string => `${tokensKey(prompt)} ${adapters}`;
		const missing = new Map(
			prompts
				.map((prompt) => [keyOf(prompt), prompt] as const)
				.filter(([key]) => !this.#conditionings.has(key)),
		);
		const encoded = new Map(this.#conditionings);
		if (missing.size > 0) {
			const made = await this.installed.model.prompts.encode([...missing.values()], (turn) =>
				this.#resultOf(turn, take),
			);
			for (const [index, key] of [...missing.keys()].entries()) {
				encoded.set(key, made[index]);
				remember(this.#conditionings, key, made[index]);
			}
		}
		return prompts.map((prompt) => encoded.get(keyOf(prompt)) ?? {});
	}

	dispose(): Promise<void> {
		return this.graphs.dispose();
	}

	async #resultOf<Result>(turn: Turn<Result>, take: TakeTurn): Promise<Result> {
		if (turn.resultKey === undefined) return take(turn);
		const key = `${turn.name} ${turn.resultKey}`;
		// A turn's name and key stand for what it computes, its type included.
		const known = this.#results.get(key) as Result | undefined;
		if (known !== undefined) return known;
		const result = await take(turn);
		remember(this.#results, key, result);
		return result;
	}
}

function remember<Value>(cache: Map<string, Value>, key: string, value: Value): void {
	const [oldest] = cache.keys();
	if (cache.size >= CACHED_PROMPTS && oldest !== undefined) cache.delete(oldest);
	cache.set(key, value);
}

/** Equal for prompts that the text encoders read alike. */
function tokensKey({ ids }: TokenizedPrompt): string {
	return Object.entries(ids)
		.map(([tokenizer, tokens]) => `${tokenizer}:${tokens.join()}`)
		.join(' ');
}
