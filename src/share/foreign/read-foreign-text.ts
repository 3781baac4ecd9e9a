import type { RestoredRecipe } from '../../recipe/restore-recipe.ts';
import { readComfyPrompt } from '../comfy/parse-comfy-prompt.ts';
import { type Fields, isFields, parsePythonJson } from '../python-json.ts';
import { hasSettings, parseRecipeText } from '../recipe-text.ts';
import { readFlatRecipe } from './flat-recipe.ts';

/** A recipe; or what is drawn on a program's board, which does not say what was run; or neither. */
export type ForeignText = RestoredRecipe | 'workflow' | undefined;

/** Objects within an object that hold its settings. */
const INNER = [
	'sui_image_params',
	'prompt',
	'output',
	'extraMetadata',
	'metadata',
	'parameters',
	'v2',
];
const MAX_DEPTH = 3;

/**
 * Reads what any program wrote of a picture, whatever it was written into. JSON is told apart by what it
 * holds, and is never taken for a prompt.
 */
export function readForeignText(text: string): ForeignText {
	// ComfyUI's Exif fields begin with the name of what they hold.
	const bare = text.replace(/^\s*(?:prompt|workflow|parameters):\s*(?=\{)/i, '').trim();
	if (/^[{[]/.test(bare)) {
		const json = parsePythonJson(bare);
		if (json !== undefined) return isFields(json) ? readForeignJson(json) : undefined;
		if (bare.startsWith('{')) return undefined;
	}
	return hasSettings(text) ? parseRecipeText(text) : undefined;
}

/** @param json of a file, or of a picture's text */
function readForeignJson(json: Fields, depth = 0): ForeignText {
	const recipe = readComfyPrompt(json) ?? readFlatRecipe(json);
	if (recipe !== undefined) return recipe;
	let workflow: ForeignText = isWorkflow(json) ? 'workflow' : undefined;
	if (depth === MAX_DEPTH) return workflow;
	for (const key of [...INNER, 'workflow']) {
		const inner = json[key];
		const found =
			typeof inner === 'string' && /^\s*\{/.test(inner)
				? readInner(parsePythonJson(inner), depth)
				: readInner(inner, depth);
		if (found === 'workflow') workflow = found;
		else if (found !== undefined) return found;
	}
	return workflow;
}

function readInner(json: unknown, depth: number): ForeignText {
	return isFields(json) ? readForeignJson(json, depth + 1) : undefined;
}

/** ComfyUI's and InvokeAI's boards have lists of nodes and of what joins them. */
function isWorkflow({ nodes, links, edges }: Fields): boolean {
	return Array.isArray(nodes) && (Array.isArray(links) || Array.isArray(edges));
}
