import { PreTrainedTokenizer } from '@huggingface/transformers';
import { describe, expect, it } from 'vitest';
import { knownTokenizer } from '../../../../src/families/parts/known-tokenizer.ts';
import {
	PROMPT_TOKEN_LIMIT,
	promptTemplate,
	TOKENIZER,
	tokenizePrompt,
} from '../../../../src/families/z-image/prompt.ts';
import { createTokenizer } from '../../../../src/pipeline/open-tokenizers.ts';
import { goldenJson } from '../../../fixtures/golden-files.ts';
import { qwen3TokenizerFiles } from '../../../fixtures/qwen3-tokenizer.ts';
import { costRatio } from '../../../fixtures/cost-ratio.ts';

interface GoldenPrompt {
	readonly prompt: string;
	readonly text: string;
	readonly ids: readonly number[];
}

const golden = goldenJson('qwen3-tokens.json') as readonly GoldenPrompt[];
const { tokenizer, config } = qwen3TokenizerFiles();
const PLACE = { file: 'tokenizer.json', vocabulary: 151_936 };
const tokenizers = new Map([[TOKENIZER, createTokenizer(knownTokenizer(tokenizer, PLACE))]]);

function tokenize(prompt: string) {
	const { ids, tokens, promptTokens } = tokenizePrompt(prompt, tokenizers);
	expect(tokens).toBe(ids[TOKENIZER].length);
	return { ids: ids[TOKENIZER], promptTokens };
}

const IM_START = 151644;
const IM_END = 151645;

describe('promptTemplate', () => {
	it.each(golden)('is the reference text for $prompt', ({ prompt, text }) => {
		expect(promptTemplate(prompt)).toBe(text);
	});

	it("is what Qwen3's own chat template gives", () => {
		const reference = new PreTrainedTokenizer(tokenizer, config);
		for (const { prompt } of golden) {
			const messages = [{ role: 'user', content: prompt }];
			const options = {
				tokenize: false,
				add_generation_prompt: true,
				enable_thinking: true,
			} as const;
			expect(promptTemplate(prompt)).toBe(reference.apply_chat_template(messages, options));
		}
	});
});

describe('tokenizePrompt', () => {
	it.each(golden)('gives the reference ids for $prompt', ({ prompt, ids }) => {
		const tokenized = tokenize(prompt);
		expect([...tokenized.ids]).toEqual(ids);
		expect(tokenized.promptTokens).toBe(ids.length);
	});

	it('gives the eight tokens of the template for an empty prompt', () => {
		const { ids } = tokenize('');
		expect([...ids]).toEqual([IM_START, 872, 198, IM_END, 198, IM_START, 77091, 198]);
	});

	it('cuts the tail of a prompt that is too long, the end of the template included', () => {
		const short = tokenize(' cat'.repeat(504));
		expect(short.promptTokens).toBe(PROMPT_TOKEN_LIMIT);
		expect(short.ids).toHaveLength(PROMPT_TOKEN_LIMIT);
		const long = tokenize(' cat'.repeat(2_500));
		expect(long.promptTokens).toBe(2_508);
		expect(long.ids).toHaveLength(PROMPT_TOKEN_LIMIT);
		expect([...long.ids].filter((id) => id === IM_START)).toHaveLength(1);
		expect(long.ids).not.toContain(IM_END);
	});

	it('reads composed and decomposed letters alike', () => {
		expect(tokenize('cafe\u0301')).toEqual(tokenize('caf\u00e9'));
	});

	it('survives lone surrogates', () => {
		expect(tokenize('\ud800 \udc00').ids.length).toBeGreaterThan(8);
	});

	it.each(['a', '猫', '🐉', ' ', '\n', '!', '7', 'ab', 'e\u0301', '👩‍🚀', '一只赛博朋克风格的猫'])(
		'takes time in proportion to the length of a prompt of %j',
		(unit) => {
			const promptOf = (length: number) => unit.repeat(length / unit.length + 1).slice(0, length);
			const [short, long] = [promptOf(1_250), promptOf(10_000)];
			expect(tokenize(long).ids.length).toBeLessThanOrEqual(PROMPT_TOKEN_LIMIT);
			const ratio = costRatio(
				() => tokenize(long),
				() => tokenize(short),
			);
			// 8 in proportion, 64 where the time grows with the square.
			expect(ratio).toBeLessThan(24);
		},
	);
});
