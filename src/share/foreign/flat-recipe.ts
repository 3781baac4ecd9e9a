import { type ForeignStep, notDrawn, type NotDrawn } from '../../recipe/recipe-warning.ts';
import type { RecipeField } from '../../recipe/recipe-fields.ts';
import { type RestoredRecipe, restoreForeign } from '../../recipe/restore-recipe.ts';
import { splitSamplerName } from '../../recipe/sampler-names.ts';
import { readTags } from '../adapter-tags.ts';
import { hasWeights } from '../prompt-weights.ts';
import { type Fields, isFields } from '../python-json.ts';
import { flatAdapters } from './flat-adapters.ts';

/**
 * By what keys programs keep a setting in a JSON object, in small letters without marks; the first that is
 * there counts. SwarmUI, Fooocus, InvokeAI, NovelAI, Draw Things, Easy Diffusion and diffusers' scripts.
 */
const KEYS = {
	prompt: ['prompt', 'positiveprompt', 'positive', 'c', 'inputs'],
	negativePrompt: ['negativeprompt', 'negative', 'uc', 'uncond'],
	seed: ['seed', 'noiseseed'],
	steps: ['steps', 'numinferencesteps', 'sampler_steps'],
	guidanceScale: ['cfgscale', 'guidancescale', 'cfg', 'scale', 'guidance'],
	sampler: ['sampler', 'samplername', 'sampling', 'samplermethod'],
	schedule: ['scheduler', 'scheduletype', 'schedule', 'noiseschedule'],
	shift: ['sigmashift', 'shift'],
	denoisingStrength: ['initimagecreativity', 'strength', 'denoisingstrength', 'promptstrength'],
	model: ['model', 'basemodel', 'modelname', 'usestablediffusionmodel', 'checkpoint'],
} satisfies Partial<Record<RecipeField, readonly string[]>>;

/** What else these programs do, by key. It is in use where the value is not empty, zero or off. */
const STEPS: readonly (readonly [RegExp, ForeignStep])[] = [
	[
		/^(refinerupscale|refinercontrol|hrfenabled|hiresfix|upscaleby|enablehr|hrscale)/,
		'second-pass',
	],
	[/^(refinermodel|refinerswitch|refinermethod)/, 'refiner'],
	[/^(controlnet|controls$|t2iadapters|control$)/, 'control'],
	[/^(initimage$|initimagecreativity|img2img|sourceimage)/, 'source-picture'],
	[/^(maskimage|mask$|inpaint|outpaint)/, 'inpainting'],
	[/^(ipadapter|promptimages|reference|styletransfer|reduximages)/, 'reference-picture'],
	[/^(variationseedstrength|variations$|variationamount|subseedstrength)/, 'mixed-noise'],
	[/^(seamlesstileable|tiling|seamless|seamlessx|seamlessy)$/, 'tiling'],
	[
		/^(upscaler|upscalemethod|facerestoration|facetool|usefacecorrection|useupscale|enhance)/,
		'after-work',
	],
	[/^(styles|stylepreset)$/, 'styles'],
	[/^(segment|adetailer)/, 'detailer'],
];
const OFF_TEXTS = /^(|0|none|false|off|\[\]|null)$/i;
/** How InvokeAI calls what it did, where it did not draw from noise. */
const MODES: readonly (readonly [RegExp, ForeignStep])[] = [
	[/img2img|i2i/, 'source-picture'],
	[/inpaint|outpaint/, 'inpainting'],
];
/** SwarmUI's marks in a prompt that begin another pass over a part of the picture. */
const SEGMENT = /<(segment|region|object|refiner|video)[:>][^>]{0,100}>?/;

/**
 * A recipe in a JSON object of settings.
 *
 * @returns undefined for an object that is none
 */
export function readFlatRecipe(json: Fields): RestoredRecipe | undefined {
	const fields = new Map<string, unknown>();
	for (const [key, value] of Object.entries(json)) {
		const folded = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
		if (!fields.has(folded)) fields.set(folded, value);
	}
	const given: Partial<Record<RecipeField, unknown>> = {};
	for (const [field, keys] of Object.entries(KEYS)) {
		const key = keys.find((candidate) => isGiven(fields.get(candidate)));
		if (key !== undefined) given[field as keyof typeof KEYS] = fields.get(key);
	}
	// A prompt alone is in many files; a recipe has numbers too.
	const numbers = [given.seed, given.steps, given.guidanceScale].filter((one) => one !== undefined);
	if (typeof given.prompt !== 'string' || numbers.length === 0) return undefined;

	const tagged = readTags(given.prompt, '');
	const adapters = [...tagged.adapters, ...flatAdapters(json, fields)];
	const notes = notesOf(fields, given.prompt);
	const hasSource = notes.some(({ step }) => step === 'source-picture' || step === 'inpainting');
	return restoreForeign(
		{
			prompt: tagged.prompt,
			negativePrompt: blank(given.negativePrompt) ? undefined : given.negativePrompt,
			seed: numberOf(given.seed),
			steps: numberOf(given.steps),
			guidanceScale: numberOf(given.guidanceScale),
			shift: numberOf(given.shift),
			denoisingStrength: hasSource ? numberOf(given.denoisingStrength) : undefined,
			...samplerOf(given.sampler, given.schedule),
			...sizeOf(fields),
			adapters: adapters.length === 0 ? undefined : adapters,
			model: nameOf(given.model),
		},
		notes,
	);
}

/** InvokeAI and diffusers call the sampler scheduler, and end its name in `_k` for Karras. */
function samplerOf(
	sampler: unknown,
	schedule: unknown,
): { readonly sampler: unknown; readonly schedule: unknown } {
	if (sampler !== undefined) return splitSamplerName(sampler, schedule);
	const karras = typeof schedule === 'string' && schedule.endsWith('_k');
	return karras
		? { sampler: schedule.slice(0, -2), schedule: 'karras' }
		: { sampler: schedule, schedule: undefined };
}

function sizeOf(fields: ReadonlyMap<string, unknown>): {
	readonly width?: unknown;
	readonly height?: unknown;
} {
	const [width, height] = [fields.get('width'), fields.get('height')].map(numberOf);
	if (isGiven(width) && isGiven(height)) return { width, height };
	const text = fields.get('resolution') ?? fields.get('size');
	const [, first, second] = /(\d+)\D{1,4}(\d+)/.exec(typeof text === 'string' ? text : '') ?? [];
	return first === undefined ? {} : { width: first, height: second };
}

function notesOf(fields: ReadonlyMap<string, unknown>, prompt: string): readonly NotDrawn[] {
	const found = new Map<ForeignStep, unknown[]>();
	for (const [key, value] of fields) {
		const [, step] = STEPS.find(([pattern]) => pattern.test(key)) ?? [];
		if (step === undefined || !isInUse(value)) continue;
		const said = typeof value === 'string' || typeof value === 'number' ? `${key}: ${value}` : key;
		found.set(step, [...(found.get(step) ?? []), said]);
	}
	const mode = fields.get('generationmode');
	for (const [pattern, step] of MODES) {
		if (typeof mode === 'string' && pattern.test(mode)) found.set(step, [mode]);
	}
	// One strength for the whole: without it nothing was mixed in.
	if (fields.has('refinercontrolpercentage') && !isInUse(fields.get('refinermethod'))) {
		found.delete('refiner');
	}
	const segment = SEGMENT.exec(prompt);
	if (segment !== null) found.set('detailer', [segment[0]]);
	if (hasWeights(prompt)) found.set('prompt-weights', []);
	return Array.from(found, ([step, names]) => notDrawn(step, names));
}

function isInUse(value: unknown): boolean {
	if (typeof value === 'string') return !OFF_TEXTS.test(value.trim());
	if (typeof value === 'number') return value !== 0;
	if (Array.isArray(value)) return value.length > 0;
	if (isFields(value)) return Object.keys(value).length > 0;
	return value === true;
}

/** Draw Things and others write numbers as texts. */
function numberOf(value: unknown): unknown {
	return typeof value === 'string' ? value.trim() : value;
}

function nameOf(model: unknown): unknown {
	if (!isFields(model)) return model;
	return model['name'] ?? model['model_name'] ?? model['key'];
}

function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
}

function blank(value: unknown): boolean {
	return typeof value === 'string' && value.trim() === '';
}
