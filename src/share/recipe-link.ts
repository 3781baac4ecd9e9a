import { fromBase64Url, toBase64Url } from './base64url.ts';
import { deflate, inflate } from './deflate.ts';
import { RecipeLinkError } from './errors.ts';
import type { ModelReference, RecipeSettings } from './recipe-settings.ts';
import { MAX_PROMPT_LENGTH, type RestoredRecipe, restoreRecipe } from './restore-recipe.ts';

const VERSION = 1;
/** Up to this many characters a prompt stays readable, even where compressing would save a few. */
const READABLE_LENGTH = 160;
/** Characters of a hash: more than the longest prompt needs. */
const MAX_HASH_LENGTH = 1_000_000;
const MAX_FIELDS = 32;
/** UTF-8 takes up to three bytes for a UTF-16 unit. */
const MAX_PROMPT_BYTES = 3 * MAX_PROMPT_LENGTH;

/**
 * The recipe as the hash of a link, `#` included. Browsers keep hashes to themselves: no server sees
 * it. Short prompts stay readable (`p`), long ones are compressed (`pz`, or `pw` where UTF-8 cannot
 * say them).
 *
 * @throws RecipeLinkError for a prompt of more than 100,000 UTF-16 units
 */
export async function encodeRecipe(recipe: RecipeSettings, model: ModelReference): Promise<string> {
	const { prompt, seed, width, height, steps } = recipe;
	if (prompt.length > MAX_PROMPT_LENGTH) throw new RecipeLinkError('too-long');
	const fields = [
		`v=${VERSION}`,
		await encodePrompt(prompt),
		`seed=${seed}`,
		`w=${width}`,
		`h=${height}`,
		`steps=${steps}`,
		`m=${escapeText(model.id.toWellFormed())}`,
	];
	if (model.revision !== undefined) fields.push(`r=${escapeText(model.revision.toWellFormed())}`);
	return `#${fields.join('&')}`;
}

/** True if a hash claims to be a recipe, so that the page should decode it and show what is wrong with it. */
export function isRecipeLink(hash: string): boolean {
	return /(?:^#?|&)v=/.test(hash);
}

/**
 * Reads a link's hash. The result is plain, checked data: nothing is run, fetched or stored.
 *
 * @throws RecipeLinkError
 */
export async function decodeRecipe(hash: string): Promise<RestoredRecipe> {
	if (hash.length > MAX_HASH_LENGTH) throw new RecipeLinkError('broken');
	if (!isRecipeLink(hash)) throw new RecipeLinkError('no-recipe');
	const fields = readFields(hash);
	checkVersion(fields.get('v'));
	return restoreRecipe({
		prompt: await decodePrompt(fields),
		seed: fields.get('seed'),
		width: fields.get('w'),
		height: fields.get('h'),
		steps: fields.get('steps'),
		modelId: fields.get('m'),
		modelRevision: fields.get('r'),
	});
}

async function encodePrompt(prompt: string): Promise<string> {
	if (!prompt.isWellFormed()) {
		return `pw=${toBase64Url(await deflate(utf16Bytes(prompt), 'deflate-raw'))}`;
	}
	const readable = `p=${escapeText(prompt)}`;
	if (readable.length <= READABLE_LENGTH) return readable;
	const bytes = new TextEncoder().encode(prompt);
	const compressed = `pz=${toBase64Url(await deflate(bytes, 'deflate-raw'))}`;
	return compressed.length < readable.length ? compressed : readable;
}

async function decodePrompt(fields: ReadonlyMap<string, string>): Promise<string> {
	const compressed = fields.get('pz');
	if (compressed !== undefined) return decodeUtf8(await decompress(compressed));
	const units = fields.get('pw');
	if (units !== undefined) return utf16Text(await decompress(units));
	const prompt = fields.get('p');
	if (prompt === undefined) throw new RecipeLinkError('broken');
	return prompt;
}

async function decompress(text: string): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = fromBase64Url(text);
	if (bytes === undefined) throw new RecipeLinkError('broken');
	try {
		return await inflate(bytes, 'deflate-raw', MAX_PROMPT_BYTES);
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

function checkVersion(text: string | undefined): void {
	if (text === String(VERSION)) return;
	const version = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0;
	throw new RecipeLinkError(version > VERSION ? 'newer-version' : 'broken');
}

/** Spaces become plus signs, as in forms; marks that chat programs read as the link's end are escaped. */
function escapeText(text: string): string {
	return encodeURIComponent(text)
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
