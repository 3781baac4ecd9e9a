import { MAX_PROMPT_LENGTH } from '../recipe/recipe-limits.ts';
import {
	FIELD_NAMES,
	RECIPE_FIELDS,
	RECIPE_VERSION,
	type RecipeField,
	writeFields,
} from '../recipe/recipe-fields.ts';
import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import { type RestoredRecipe, restoreRecipe } from '../recipe/restore-recipe.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { deflate, inflate } from './deflate.ts';
import { RecipeLinkError } from './errors.ts';

/** What a field's key ends in where its text is compressed. UTF-8 cannot say half a surrogate pair. */
const DEFLATED_UTF8 = 'z';
const DEFLATED_UTF16 = 'w';
/** Up to this many characters a text stays readable, even where compressing would save a few. */
const READABLE_LENGTH = 160;
/** Characters of a hash: more than two of the longest prompts need. */
const MAX_HASH_LENGTH = 1_000_000;
const MAX_FIELDS = 64;
/** UTF-8 takes up to three bytes for a UTF-16 unit. */
const MAX_TEXT_BYTES = 3 * MAX_PROMPT_LENGTH;

/**
 * The recipe as the hash of a link, `#` included. Browsers keep hashes to themselves: no server sees
 * it. Short texts stay readable, long ones are compressed. The version is the lowest that knows all
 * of the settings, so that older pages open what they can draw.
 *
 * @throws RecipeLinkError for a prompt of more than 100,000 UTF-16 units
 */
export async function encodeRecipe(recipe: RecipeSettings, model: ModelReference): Promise<string> {
	const { prompt, negativePrompt = '' } = recipe;
	if (Math.max(prompt.length, negativePrompt.length) > MAX_PROMPT_LENGTH) {
		throw new RecipeLinkError('too-long');
	}
	const shared = { ...recipe, model: model.id, revision: model.revision };
	const written = writeFields(shared, 'link');
	const versions = Array.from(written.keys(), (field) => RECIPE_FIELDS[field].since);
	const fields = [`v=${Math.max(...versions)}`];
	for (const [field, text] of written) {
		const { key, isLong } = RECIPE_FIELDS[field];
		fields.push(isLong ? await encodeLong(key, text) : `${key}=${escapeText(text)}`);
	}
	return `#${fields.join('&')}`;
}

/** True if a hash claims to be a recipe, so that the page should decode it and show what is wrong with it. */
export function isRecipeLink(hash: string): boolean {
	return /(?:^#?|&)v=/.test(hash);
}

/**
 * Reads a link's hash. The result is plain, checked data: nothing is run, fetched or stored. A link of
 * a newer version is read as far as this one understands it, with a warning that names the rest.
 *
 * @throws RecipeLinkError
 */
export async function decodeRecipe(hash: string): Promise<RestoredRecipe> {
	if (hash.length > MAX_HASH_LENGTH) throw new RecipeLinkError('broken');
	if (!isRecipeLink(hash)) throw new RecipeLinkError('no-recipe');
	const version = /(?:^#?|&)v=([1-9]\d{0,8})?(?:&|$)/.exec(hash)?.[1];
	if (version === undefined) throw new RecipeLinkError('broken');
	const isNewer = Number(version) > RECIPE_VERSION;
	try {
		return await decodeFields(readFields(hash), isNewer);
	} catch (error) {
		// What is broken here may be fine there.
		if (isNewer && error instanceof RecipeLinkError) throw new RecipeLinkError('newer-version');
		throw error;
	}
}

async function decodeFields(
	fields: ReadonlyMap<string, string>,
	isNewer: boolean,
): Promise<RestoredRecipe> {
	const texts: Partial<Record<RecipeField, string>> = {};
	const unknown = new Set(fields.keys());
	for (const field of FIELD_NAMES) {
		const { key, isLong } = RECIPE_FIELDS[field];
		texts[field] = isLong ? await decodeLong(key, fields) : fields.get(key);
		for (const name of [key, key + DEFLATED_UTF8, key + DEFLATED_UTF16]) unknown.delete(name);
	}
	if (texts.prompt === undefined) throw new RecipeLinkError('broken');
	unknown.delete('v');
	// Without a newer version they are no settings: chat programs add fields to count clicks.
	return restoreRecipe(texts, isNewer ? [...unknown] : undefined);
}

async function encodeLong(key: string, text: string): Promise<string> {
	const deflated = async (letter: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
		`${key}${letter}=${toBase64Url(await deflate(bytes, 'deflate-raw'))}`;
	if (!text.isWellFormed()) return deflated(DEFLATED_UTF16, utf16Bytes(text));
	const readable = `${key}=${escapeText(text)}`;
	if (readable.length <= READABLE_LENGTH) return readable;
	const compressed = await deflated(DEFLATED_UTF8, new TextEncoder().encode(text));
	return compressed.length < readable.length ? compressed : readable;
}

async function decodeLong(
	key: string,
	fields: ReadonlyMap<string, string>,
): Promise<string | undefined> {
	const compressed = fields.get(key + DEFLATED_UTF8);
	if (compressed !== undefined) return decodeUtf8(await decompress(compressed));
	const units = fields.get(key + DEFLATED_UTF16);
	return units === undefined ? fields.get(key) : utf16Text(await decompress(units));
}

async function decompress(text: string): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = fromBase64Url(text);
	if (bytes === undefined) throw new RecipeLinkError('broken');
	try {
		return await inflate(bytes, 'deflate-raw', MAX_TEXT_BYTES);
	} catch {
		throw new RecipeLinkError('broken');
	}
}

function decodeUtf8(bytes: Uint8Array): string {
	try {
		// The prompt may begin with a byte order mark of its own.
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new RecipeLinkError('broken');
	}
}

function utf16Bytes(text: string): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(text.length * 2);
	const view = new DataView(bytes.buffer);
	for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
	return bytes;
}

function utf16Text(bytes: Uint8Array<ArrayBuffer>): string {
	if (bytes.byteLength % 2 !== 0) throw new RecipeLinkError('broken');
	const view = new DataView(bytes.buffer);
	let text = '';
	for (let at = 0; at < bytes.byteLength; at += 2) {
		text += String.fromCharCode(view.getUint16(at, true));
	}
	return text;
}

function readFields(hash: string): ReadonlyMap<string, string> {
	const fields = new Map<string, string>();
	for (const field of hash.replace(/^#/, '').split('&', MAX_FIELDS)) {
		const equals = field.indexOf('=');
		const name = equals < 0 ? field : field.slice(0, equals);
		if (!fields.has(name))
			fields.set(name, unescapeText(equals < 0 ? '' : field.slice(equals + 1)));
	}
	return fields;
}

/** Spaces become plus signs, as in forms; marks that chat programs read as the link's end are escaped. */
function escapeText(text: string): string {
	return encodeURIComponent(text.toWellFormed())
		.replaceAll('%20', '+')
		.replaceAll(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescapeText(text: string): string {
	try {
		return decodeURIComponent(text.replaceAll('+', ' '));
	} catch {
		throw new RecipeLinkError('broken');
	}
}
