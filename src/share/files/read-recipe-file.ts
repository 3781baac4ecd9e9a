import type { RestoredRecipe } from '../../recipe/restore-recipe.ts';
import { PngError } from '../errors.ts';
import { type ForeignText, readForeignText } from '../foreign/read-foreign-text.ts';
import { ByteWindow } from '../pictures/byte-window.ts';
import { jpegTexts } from '../pictures/jpeg-texts.ts';
import { MAX_TEXT_BYTES, type PictureText } from '../pictures/picture-text.ts';
import { pngTexts } from '../pictures/png-texts.ts';
import { webpTexts } from '../pictures/webp-texts.ts';
import { parseRecipeText } from '../recipe-text.ts';
import { FORMAT_BYTES, type FileFormat, fileFormat } from './file-format.ts';

/** Files that may hold a recipe. */
export type RecipeFormat = Extract<FileFormat, 'png' | 'jpeg' | 'webp' | 'json' | 'text'>;

/** What a file turned out to be. */
export type RecipeFile =
	| { readonly type: 'recipe'; readonly format: RecipeFormat; readonly recipe: RestoredRecipe }
	| {
			readonly type: 'no-recipe';
			readonly format: RecipeFormat;
			/** `workflow`: what stood on a program's board, but not the graph that was run. */
			readonly why: 'nothing' | 'workflow' | 'damaged';
	  }
	/** A model or an adapter, for the Models dialog. */
	| { readonly type: 'weights'; readonly format: 'safetensors' | 'gguf' | 'pytorch' }
	| { readonly type: 'other'; readonly format: OtherFormat }
	/** The file is gone, is a folder, or has changed since it was chosen. */
	| { readonly type: 'unreadable' };

export type FileWithoutRecipe = Exclude<RecipeFile, { readonly type: 'recipe' }>;

type OtherFormat = Exclude<FileFormat, RecipeFormat | 'safetensors' | 'gguf' | 'pytorch'>;

/** JSON and text files beyond this are something else. */
const MAX_FILE_BYTES = 16_000_000;

/** Where recipes are kept in pictures, the surest first; other texts follow in their own order. */
const KEYS = [
	...['parameters', 'UserComment', 'prompt', 'invokeai_metadata', 'sd-metadata', 'Comment'],
	...['comment', 'Description', 'ImageDescription', 'Make', 'Model', 'workflow'],
];

/**
 * Reads how a picture was made from a file of any program: PNG, JPEG and WebP with AUTOMATIC1111's text,
 * ComfyUI's graph or another program's JSON; JSON and text files. Looks at the first bytes before anything
 * else, and holds no more of a picture than its texts. Never throws for what is in a file.
 */
export async function readRecipeFile(file: Blob): Promise<RecipeFile> {
	try {
		const start = new Uint8Array(await file.slice(0, FORMAT_BYTES).arrayBuffer());
		const format = fileFormat(start, file.size);
		switch (format) {
			case 'png':
			case 'jpeg':
			case 'webp':
				return resultOf(format, await pictureRecipe(file, format));
			case 'json':
			case 'text':
				return resultOf(format, await textFileRecipe(file));
			case 'safetensors':
			case 'gguf':
			case 'pytorch':
				return { type: 'weights', format };
			default:
				return { type: 'other', format };
		}
	} catch (error) {
		if (error instanceof DOMException) return { type: 'unreadable' };
		throw error;
	}
}

/** The recipe in a text that was pasted; undefined for one that is a prompt and no more. */
export function readPastedRecipe(text: string): RestoredRecipe | undefined {
	const found = text.length > MAX_TEXT_BYTES ? undefined : readForeignText(text);
	return found === 'workflow' ? undefined : found;
}

function resultOf(format: RecipeFormat, found: ForeignText | 'damaged'): RecipeFile {
	if (typeof found === 'object') return { type: 'recipe', format, recipe: found };
	return { type: 'no-recipe', format, why: found ?? 'nothing' };
}

async function textFileRecipe(file: Blob): Promise<ForeignText> {
	if (file.size > MAX_FILE_BYTES) return undefined;
	const bytes = new Uint8Array(await file.arrayBuffer());
	const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
	return readForeignText(new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes));
}

async function pictureRecipe(
	file: Blob,
	format: 'png' | 'jpeg' | 'webp',
): Promise<ForeignText | 'damaged'> {
	const bytes = new ByteWindow(file);
	let texts: readonly PictureText[];
	try {
		texts = await TEXTS[format](bytes);
	} catch (error) {
		if (error instanceof PngError) return 'damaged';
		throw error;
	}
	return recipeOf(texts);
}

const TEXTS = { png: pngTexts, jpeg: jpegTexts, webp: webpTexts };

function recipeOf(texts: readonly PictureText[]): ForeignText {
	const rank = ({ key }: PictureText): number =>
		KEYS.includes(key) ? KEYS.indexOf(key) : KEYS.length;
	const ordered = texts.toSorted((a, b) => rank(a) - rank(b));
	let workflow: ForeignText;
	for (const { text } of ordered) {
		const found = readForeignText(text);
		if (found === 'workflow') workflow = found;
		else if (found !== undefined) return found;
	}
	// A picture may have been drawn without settings; JSON is no prompt, and neither is a camera's comment.
	const plain = ordered.find(({ key, text }) => key === 'parameters' && !/^\s*\{/.test(text));
	return (
		workflow ??
		(plain === undefined || plain.text.trim() === '' ? undefined : parseRecipeText(plain.text))
	);
}
