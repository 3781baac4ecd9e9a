import { ConfigError } from '../errors.ts';

/** A tokenizer.json of which every part is known. */
export type KnownTokenizer = Readonly<Record<string, unknown>>;

/** Where a tokenizer belongs. */
export interface TokenizerPlace {
	/** Names the file in messages. */
	readonly file: string;
	/** How many tokens the text encoder knows. */
	readonly vocabulary: number;
}

/** Those of published models. A regular expression of a stranger may run for ever on a few letters. */
const KNOWN_PATTERNS: readonly string[] = [
	// Qwen2 and Qwen3
	String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
];
const NORMALIZERS: readonly unknown[] = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase'];
const BEHAVIOURS: readonly unknown[] = ['Isolated', 'Removed'];

const MOST_PARTS = 8;
const MOST_ADDED_TOKENS = 4096;
/** Characters; the longest of Qwen3 has 128. */
const LONGEST_TOKEN = 1024;

/**
 * What of a tokenizer.json turns text into token ids, with nothing in it that is not known. What turns ids into text again,
 * cuts, pads or adds special tokens is left out: nobody asks for it.
 *
 * Every text becomes tokens: all bytes have one, and what pairs are merged into has one too.
 *
 * @throws ConfigError
 */
export function knownTokenizer(
	json: unknown,
	{ file, vocabulary }: TokenizerPlace,
): KnownTokenizer {
	const refuse = (detail: string): ConfigError =>
		new ConfigError({ problem: 'foreign-part', file, detail });

	const object = (value: unknown, what: string): Readonly<Record<string, unknown>> => {
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
			return value as Readonly<Record<string, unknown>>;
		}
		throw refuse(`${what} is no object`);
	};
	const list = (value: unknown, what: string, most: number): readonly unknown[] => {
		if (!Array.isArray(value)) throw refuse(`${what} is no list`);
		if (value.length > most) throw refuse(`${what} has more than ${most} entries`);
		return value;
	};
	const flag = (value: unknown, what: string): boolean => {
		if (typeof value === 'boolean') return value;
		if (value === undefined || value === null) return false;
		throw refuse(`${what} is neither true nor false`);
	};
	const token = (value: unknown, what: string): string => {
		if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TOKEN) return value;
		throw refuse(`${what} is no token`);
	};
	const id = (value: unknown, what: string): number => {
		if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < vocabulary) {
			return Number(value);
		}
		throw refuse(
			`${what} has the id ${String(value)}, beyond the ${vocabulary} tokens of the model`,
		);
	};
	/** One part, or several one after the other. */
	const parts = (
		value: unknown,
		sequence: string,
		known: (part: Readonly<Record<string, unknown>>) => KnownTokenizer,
	): KnownTokenizer => {
		const part = object(value, sequence);
		if (part['type'] !== 'Sequence') return known(part);
		const members = list(part[sequence], sequence, MOST_PARTS);
		return {
			type: 'Sequence',
			[sequence]: members.map((member) => known(object(member, sequence))),
		};
	};

	const normalizer = ({ type }: Readonly<Record<string, unknown>>): KnownTokenizer => {
		if (NORMALIZERS.includes(type)) return { type };
		throw refuse(`the normalizer ${shown(type)} is not known`);
	};
	let splitsBytes = false;
	const preTokenizer = (part: Readonly<Record<string, unknown>>): KnownTokenizer => {
		const { type, pattern, behavior } = part;
		if (type === 'ByteLevel') {
			splitsBytes = true;
			const { add_prefix_space, use_regex } = part;
			return {
				type,
				add_prefix_space: flag(add_prefix_space, 'add_prefix_space'),
				use_regex: use_regex === undefined || flag(use_regex, 'use_regex'),
			};
		}
		if (type !== 'Split') throw refuse(`the pre-tokenizer ${shown(type)} is not known`);
		const { Regex } = object(pattern, 'pattern');
		if (typeof Regex !== 'string' || !KNOWN_PATTERNS.includes(Regex)) {
			throw refuse(`the regular expression ${shown(Regex)} is not known`);
		}
		if (!BEHAVIOURS.includes(behavior)) throw refuse(`behavior ${shown(behavior)} is not known`);
		return { type, pattern: { Regex }, behavior, invert: flag(part['invert'], 'invert') };
	};

	const given = object(json, 'it');
	const { type, vocab, merges, ...model } = object(given['model'], 'model');
	if (type !== 'BPE') throw refuse(`the model ${shown(type)} is not known`);
	for (const field of ['dropout', 'unk_token', 'continuing_subword_prefix', 'end_of_word_suffix']) {
		const value = model[field] ?? '';
		if (value !== '') throw refuse(`${field} is not known`);
	}
	if (flag(model['byte_fallback'], 'byte_fallback')) throw refuse('byte_fallback is not known');
	const tokens = new Map(Object.entries(object(vocab, 'vocab')));
	if (tokens.size > vocabulary) throw refuse(`vocab has more than ${vocabulary} entries`);
	for (const [content, value] of tokens) id(value, token(content, 'an entry of vocab'));
	const pairs = list(merges, 'merges', vocabulary).map((merge): readonly string[] => {
		const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
		const [left, right, ...rest] = list(pair, 'an entry of merges', 3);
		const merged = token(left, 'a part of merges') + token(right, 'a part of merges');
		if (rest.length === 0 && tokens.has(merged)) return [left as string, right as string];
		throw refuse(`merges has ${shown(merge)}, which makes no token`);
	});
	const addedTokens = list(given['added_tokens'] ?? [], 'added_tokens', MOST_ADDED_TOKENS).map(
		(value) => {
			const added = object(value, 'added_tokens');
			const content = token(added['content'], 'an added token');
			return {
				id: id(added['id'], content),
				content,
				lstrip: flag(added['lstrip'], 'lstrip'),
				rstrip: flag(added['rstrip'], 'rstrip'),
				normalized: flag(added['normalized'], 'normalized'),
				special: flag(added['special'], 'special'),
			};
		},
	);
	const known = {
		normalizer:
			(given['normalizer'] ?? null) === null
				? null
				: parts(given['normalizer'], 'normalizers', normalizer),
		pre_tokenizer: parts(given['pre_tokenizer'], 'pretokenizers', preTokenizer),
		model: {
			type,
			vocab: Object.fromEntries(tokens),
			merges: pairs,
			ignore_merges: flag(model['ignore_merges'], 'ignore_merges'),
		},
		added_tokens: addedTokens,
		post_processor: null,
		decoder: null,
	};
	if (!splitsBytes) throw refuse('it does not split text into bytes');
	for (const byte of byteTokens()) {
		if (!tokens.has(byte)) throw refuse(`vocab has no token for the byte ${shown(byte)}`);
	}
	return known;
}

/** The characters that stand for the 256 bytes in a vocabulary: those that can be seen for themselves, the rest from U+0100 on. */
function byteTokens(): readonly string[] {
	const isSeen = (byte: number) =>
		(byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
	let hidden = 0;
	return Array.from({ length: 256 }, (_, byte) =>
		String.fromCodePoint(isSeen(byte) ? byte : 0x100 + hidden++),
	);
}

function shown(value: unknown): string {
	return (JSON.stringify(value) ?? 'that is absent').slice(0, 80);
}
