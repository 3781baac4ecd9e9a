import { PreTrainedTokenizer } from '@huggingface/transformers';
import { PROMPT_TOKEN_LIMIT } from '../../families/family.ts';

/** A prompt as the text encoder reads it. */
export interface TokenisedPrompt {
	/** At most `PROMPT_TOKEN_LIMIT` token ids, template included, without padding. */
	readonly ids: Int32Array<ArrayBuffer>;
	/** Tokens of the whole templated prompt, before anything was cut. */
	readonly promptTokens: number;
	/** Whether the tail was cut, and with it the end of the template. */
	readonly cut: boolean;
}

/**
 * The text that is tokenised: the prompt as a user's turn, and the start of the assistant's.
 * The prompt goes in as it is, surrounding spaces included.
 *
 * Source: spec 4 (Qwen3's chat template with thinking enabled)
 */
export function promptTemplate(prompt: string): string {
	return `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`;
}

/**
 * Turns prompts into token ids. Text in a prompt that spells a special token, such as `<|im_end|>`,
 * becomes that token, because the reference does the same. Touches neither network nor disk.
 */
export class PromptTokeniser {
	readonly #tokenizer: PreTrainedTokenizer;

	/**
	 * @param tokenizerJson content of `tokenizer.json`
	 * @param tokenizerConfig content of `tokenizer_config.json`
	 */
	constructor(tokenizerJson: object, tokenizerConfig: object) {
		this.#tokenizer = new PreTrainedTokenizer(tokenizerJson, tokenizerConfig);
	}

	/** @param prompt any text, also none */
	tokenise(prompt: string): TokenisedPrompt {
		const all = this.#tokenizer.encode(promptTemplate(prompt), { add_special_tokens: false });
		const ids = Int32Array.from(all.slice(0, PROMPT_TOKEN_LIMIT));
		return { ids, promptTokens: all.length, cut: all.length > ids.length };
	}
}
