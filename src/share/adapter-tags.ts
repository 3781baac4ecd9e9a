import { shortHash } from '../recipe/content-hash.ts';
import type { AdapterUse } from '../recipe/recipe-settings.ts';

/**
 * A tag of AUTOMATIC1111: what kind of network, its name, its strengths. The lengths are bounded because
 * a search that starts anew at every mark of a long text would take quadratic time.
 */
const TAG = / ?<(?:lora|lyco|hypernet):([^<>:]{1,150})((?::[^<>:]{0,24}){0,4})>/g;
const STRENGTH_DECIMALS = 6;

/** A prompt without its tags, and what these said: as yet unchecked. */
export interface TaggedPrompt {
	readonly prompt: string;
	readonly adapters: readonly Readonly<Record<keyof AdapterUse, unknown>>[];
}

/** Adapters as AUTOMATIC1111 writes them: tags behind the prompt, and a setting that says their hashes. */
export function writeTags(adapters: readonly AdapterUse[]): { tags: string; hashes: string } {
	const names = uniqueNames(adapters);
	const tags = adapters.map(({ strength }, at) => {
		// Without an exponent, which others do not read.
		const decimal = Number(strength.toFixed(STRENGTH_DECIMALS));
		return ` <lora:${names[at]}:${decimal}>`;
	});
	const hashes = adapters.map(({ hash }, at) => `${names[at]}: ${hash ? shortHash(hash) : ''}`);
	return { tags: tags.join(''), hashes: hashes.join(', ') };
}

/**
 * Takes what `writeTags` wrote off a prompt's end. Tags before them are the prompt's own.
 *
 * @param hashes the setting
 */
export function readOwnTags(text: string, hashes: string): TaggedPrompt {
	const adapters: TaggedPrompt['adapters'][number][] = [];
	let prompt = text;
	for (const [name, hash] of [...splitHashes(hashes)].reverse()) {
		const tag = ` <lora:${name}:`;
		const start = prompt.endsWith('>') ? prompt.lastIndexOf(tag) : -1;
		if (start < 0) continue;
		adapters.unshift({ name, hash, strength: prompt.slice(start + tag.length, -1) });
		prompt = prompt.slice(0, start);
	}
	return { prompt, adapters };
}

/**
 * Takes all tags out of a prompt that another program wrote.
 *
 * @param hashes the setting
 * @param weights a setting that Fooocus has instead of tags
 */
export function readTags(text: string, hashes: string, weights = ''): TaggedPrompt {
	const hashOf = splitHashes(hashes);
	const adapters = Array.from(text.matchAll(TAG), ([, name = '', strengths = '']) => {
		// The first strength is the text encoder's, the second the denoiser's, which takes the first if alone.
		const positional = strengths.split(':').filter((part) => part !== '' && !part.includes('='));
		const [, named] = /:unet=([^:]*)/.exec(strengths) ?? [];
		const strength = named ?? positional[1] ?? positional[0] ?? '1';
		return { name, hash: hashOf.get(name), strength };
	});
	const tagged = new Set(adapters.map(({ name }) => name));
	const weighted = [...splitHashes(weights)].filter(([name]) => !tagged.has(name));
	const others = weighted.map(([name, strength]) => ({ name, hash: hashOf.get(name), strength }));
	return { prompt: text.replaceAll(TAG, '').trim(), adapters: [...adapters, ...others] };
}

function splitHashes(hashes: string): ReadonlyMap<string, string> {
	const pairs = hashes.split(',').map((pair) => pair.split(':'));
	return new Map(
		pairs.flatMap(([name = '', hash]) => (hash === undefined ? [] : [[name.trim(), hash.trim()]])),
	);
}

/** Names that a tag can hold, none twice. */
function uniqueNames(adapters: readonly AdapterUse[]): readonly string[] {
	const names = new Set<string>();
	for (const { name } of adapters) {
		const safe = name.replaceAll(/[<>:,"\p{Cc}]/gu, '_').trim();
		let unique = safe;
		for (let count = 2; names.has(unique); count++) unique = `${safe}_${count}`;
		names.add(unique);
	}
	return [...names];
}
