import type { TakeTurn } from './turn.ts';

/** Turns text into token ids. Special tokens that the text spells become themselves; none are added. */
export interface Tokenizer {
	encode(text: string): readonly number[];
}

/** By the name of their folder in a diffusers model: `tokenizer`, `tokenizer_2`. */
export type Tokenizers = ReadonlyMap<string, Tokenizer>;

/** A prompt as the text encoders read it. */
export interface TokenizedPrompt {
	/** Token ids by tokenizer, template and padding included. */
	readonly ids: Readonly<Record<string, Int32Array<ArrayBuffer>>>;
	/** Tokens that are read. */
	readonly tokens: number;
	/** Tokens of the whole prompt, before anything was cut. */
	readonly promptTokens: number;
}

/** Values in main memory. */
export interface HostTensor {
	readonly values: Float32Array<ArrayBuffer>;
	readonly shape: readonly number[];
}

/** What a denoiser reads of a prompt, by names that only the family knows. Does not change while sampling. */
export type Conditioning = Readonly<Record<string, HostTensor>>;

/** How a model reads prompts: templates, tokenizers, limits, and the networks that encode. */
export interface PromptEncoder {
	/** Of the text encoders: how many tokens each tokenizer may know, by the tokenizer's name. */
	readonly vocabularies: Readonly<Record<string, number>>;
	/** Most tokens that are read, template included. */
	readonly tokenLimit: number;
	/** The most that any prompt takes: memory is planned for it, so that a plan does not change with the words. */
	readonly longest: TokenizedPrompt;
	/** @param prompt any text, also none; its surrounding spaces count */
	tokenize(prompt: string, tokenizers: Tokenizers): TokenizedPrompt;
	/** One conditioning for each prompt. Blocks that several prompts need are loaded once for all of them. */
	encode(prompts: readonly TokenizedPrompt[], take: TakeTurn): Promise<readonly Conditioning[]>;
}
