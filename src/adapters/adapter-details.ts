import { asObject, parseObject } from './json-object.ts';

/** What an adapter's file says of itself: shown, never trusted. Source: docs/spec/adapters.md 3.1 */
export interface AdapterDetails {
	/** Absent if the file has none: its name stands for it. */
	readonly title?: string;
	/** What its training pictures were described with, the word that it was trained for first. */
	readonly triggerWords: readonly string[];
	/** What it was trained on, in the trainer's words: `z_image`, `Z-Image-Turbo/lora`. */
	readonly baseModel?: string;
	readonly description?: string;
	readonly author?: string;
	readonly license?: string;
	/** `data:` address of a picture. */
	readonly thumbnail?: string;
	/** Of the tensors' hash as the trainer wrote it, the first 12 digits: pictures of other programs may name it. */
	readonly alias?: string;
}

const MAX_TRIGGER_WORDS = 12;
const MAX_LINE = 200;
const MAX_TEXT = 2000;
/** Every row of a list may have one. */
const MAX_THUMBNAIL = 2 ** 19;
/** The hash of nothing, which ai-toolkit once wrote into every file. */
const HASH_OF_NOTHING = 'e3b0c44298fc';

export function adapterDetails(metadata: ReadonlyMap<string, string>): AdapterDetails {
	const line = (...keys: readonly string[]) => firstText(metadata, keys, MAX_LINE);
	const thumbnail = metadata.get('modelspec.thumbnail') ?? '';
	const isPicture =
		thumbnail.length <= MAX_THUMBNAIL &&
		/^data:image\/(?:png|jpeg|webp);base64,[\w+/]+=*$/.test(thumbnail);
	const hash = (metadata.get('sshs_model_hash') ?? '').toLowerCase().replace(/^0x/, '');
	const alias = /^[\da-f]{12}/.exec(hash)?.[0];
	return withoutAbsent({
		title: line('modelspec.title', 'ss_output_name', 'name'),
		triggerWords: triggerWords(metadata),
		baseModel: line('ss_base_model_version', 'modelspec.architecture'),
		description: firstText(metadata, ['modelspec.description'], MAX_TEXT),
		author: line('modelspec.author'),
		license: line('modelspec.license'),
		thumbnail: isPicture ? thumbnail : undefined,
		alias: alias === HASH_OF_NOTHING ? undefined : alias,
	});
}

/** The phrase that the file names, then the tags that most of its training pictures had. */
function triggerWords(metadata: ReadonlyMap<string, string>): readonly string[] {
	const phrase = firstText(metadata, ['modelspec.trigger_phrase'], MAX_LINE);
	const counts = new Map<string, number>();
	for (const tags of Object.values(parseObject(metadata.get('ss_tag_frequency')))) {
		for (const [tag, count] of Object.entries(asObject(tags))) {
			const word = plain(tag, MAX_LINE);
			if (word === '' || typeof count !== 'number') continue;
			counts.set(word, (counts.get(word) ?? 0) + count);
		}
	}
	const frequent = [...counts].sort(([, one], [, other]) => other - one).map(([word]) => word);
	const words = new Set([...(phrase === undefined ? [] : [phrase]), ...frequent]);
	return [...words].slice(0, MAX_TRIGGER_WORDS);
}

function firstText(
	metadata: ReadonlyMap<string, string>,
	keys: readonly string[],
	maxLength: number,
): string | undefined {
	return keys.map((key) => plain(metadata.get(key) ?? '', maxLength)).find((text) => text !== '');
}

/** Without what would mislead where it is shown. */
function plain(text: string, maxLength: number): string {
	const shown = text.slice(0, maxLength).toWellFormed();
	return shown.replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ').trim();
}

function withoutAbsent(
	details: {
		readonly [Key in keyof AdapterDetails]: AdapterDetails[Key] | undefined;
	} & Pick<AdapterDetails, 'triggerWords'>,
): AdapterDetails {
	const present = Object.entries(details).filter(([, value]) => value !== undefined);
	return Object.fromEntries(present) as unknown as AdapterDetails;
}
