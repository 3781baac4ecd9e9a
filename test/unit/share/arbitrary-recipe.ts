import fc from 'fast-check';
import type { RecipeSettings } from '../../../src/share/recipe-settings.ts';

/** Any sequence of UTF-16 units, lone surrogates and control characters included. */
const anyText = fc
	.array(
		fc.oneof(
			fc.nat(0xffff),
			fc.integer({ min: 0x20, max: 0x7e }),
			fc.integer({ min: 0xd800, max: 0xdfff }),
			fc.integer({ min: 0x4e00, max: 0x9fff }),
		),
		{ maxLength: 300 },
	)
	.map((units) => String.fromCharCode(...units));

/** Prompts as people write them, and as nobody would. */
export const anyPrompt = fc.oneof(
	anyText,
	fc.string({ unit: 'grapheme', maxLength: 200 }),
	fc.constantFrom(
		'',
		'a red circle',
		'一只戴着草帽的橘猫坐在窗台上',
		'👩‍🚀 في الفضاء',
		'שלום \u202Eabc',
		'\uFEFFbegins with a mark',
		'line one\n\tline two\r\nline three\n',
		'Negative prompt: none\nSteps: 1, Seed: 2, Size: 16x16, Model: x',
		'x'.repeat(5000),
		'100% & = + # ? / \\ " \' <script>alert(1)</script>',
	),
);

export const anyRecipe: fc.Arbitrary<RecipeSettings> = fc.record({
	prompt: anyPrompt,
	seed: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)),
	width: fc.integer({ min: 1, max: 512 }).map((tokens) => tokens * 16),
	height: fc.integer({ min: 1, max: 512 }).map((tokens) => tokens * 16),
	steps: fc.integer({ min: 1, max: 50 }),
});
