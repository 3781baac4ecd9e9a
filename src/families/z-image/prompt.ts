import type { Qwen3TextEncoder } from '../encoders/qwen3-text-encoder.ts';
import type {
	Conditioning,
	PromptEncoder,
	TokenizedPrompt,
	Tokenizers,
} from '../parts/prompt-encoder.ts';
import type { TakeTurn } from '../parts/turn.ts';
import type { ZImageTransformer } from './transformer.ts';

export const TOKENIZER = 'tokenizer';

/** Longest sequence that the text encoder is given. Source: docs/spec/z-image-turbo.md, section 4 */
export const PROMPT_TOKEN_LIMIT = 512;

/**
 * The text that is tokenized: the prompt as a user's turn, and the start of the assistant's.
 * The prompt goes in as it is, surrounding spaces included.
 *
 * Source: docs/spec/z-image-turbo.md, section 4 (Qwen3's chat template with thinking enabled)
 */
export function promptTemplate(prompt: string): string {
	return `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`;
}

/** Prompts are not padded, and their tails are cut: with them the end of the template. */
export class ZImagePromptEncoder implements PromptEncoder {
	readonly vocabularies: PromptEncoder['vocabularies'];
	readonly tokenLimit = PROMPT_TOKEN_LIMIT;
	readonly longest: TokenizedPrompt = tokenized(new Int32Array(PROMPT_TOKEN_LIMIT));
	readonly #textEncoder: Qwen3TextEncoder;
	readonly #transformer: ZImageTransformer;

	constructor(textEncoder: Qwen3TextEncoder, transformer: ZImageTransformer) {
		this.vocabularies = { [TOKENIZER]: textEncoder.config.vocabSize };
		this.#textEncoder = textEncoder;
		this.#transformer = transformer;
	}

	tokenize(prompt: string, tokenizers: Tokenizers): TokenizedPrompt {
		return tokenizePrompt(prompt, tokenizers);
	}

	async encode(
		prompts: readonly TokenizedPrompt[],
		take: TakeTurn,
	): Promise<readonly Conditioning[]> {
		const ids = prompts.map((prompt) => prompt.ids[TOKENIZER]);
		const features = await take(this.#textEncoder.encode(ids));
		const captions = features.map((values, index) => ({ values, tokens: ids[index].length }));
		return take(this.#transformer.refine(captions));
	}
}

export function tokenizePrompt(prompt: string, tokenizers: Tokenizers): TokenizedPrompt {
	const tokenizer = tokenizers.get(TOKENIZER);
	if (tokenizer === undefined) throw new RangeError(`Z-Image needs the tokenizer ${TOKENIZER}`);
	const all = tokenizer.encode(promptTemplate(prompt));
	return tokenized(Int32Array.from(all.slice(0, PROMPT_TOKEN_LIMIT)), all.length);
}

function tokenized(
	ids: Int32Array<ArrayBuffer>,
	promptTokens: number = ids.length,
): TokenizedPrompt {
	return { ids: { [TOKENIZER]: ids }, tokens: ids.length, promptTokens };
}
