/** A choice without another in it: `{red|blue|}`. */
const CHOICE = /\{([^{}]*)\}/;
/** Choices in choices go this deep; a prompt that asks for more is left as it is from there. */
const MOST_CHOICES = 1000;

/**
 * A prompt in which each `{a|b}` became one of its parts, by the seed: the same seed, the same words. Braces
 * without a bar stay, and so do those after a backslash.
 *
 * @param seed integer from 0 to 2^53 - 1
 */
export function expandWildcards(prompt: string, seed: number): string {
	const random = pickerOf(seed);
	// Private-use characters stand for what is not to be touched.
	let text = prompt.replaceAll('\\{', '\uE000').replaceAll('\\}', '\uE001');
	for (let i = 0; i < MOST_CHOICES; i++) {
		const found = CHOICE.exec(text);
		if (found === null) break;
		const [whole, inner] = found;
		const parts = inner.split('|');
		const chosen = parts.length === 1 ? `\uE002${inner}\uE003` : parts[random(parts.length)];
		text = text.slice(0, found.index) + chosen + text.slice(found.index + whole.length);
	}
	return text
		.replaceAll('\uE002', '{')
		.replaceAll('\uE003', '}')
		.replaceAll('\uE000', '\\{')
		.replaceAll('\uE001', '\\}');
}

/** Whether a prompt leaves anything to the seed. */
export function hasWildcards(prompt: string): boolean {
	return expandWildcards(prompt, 0) !== prompt || expandWildcards(prompt, 1) !== prompt;
}

/** SplitMix32: whole numbers below a count, of which one seed always gives the same. */
function pickerOf(seed: number): (count: number) => number {
	let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
	return (count) => {
		state = (state + 0x9e3779b9) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
		mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
		return Math.floor(((mixed ^ (mixed >>> 15)) >>> 0) * 2 ** -32 * count);
	};
}
