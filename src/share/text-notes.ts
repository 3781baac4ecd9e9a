import { type ForeignStep, notDrawn, type NotDrawn } from '../recipe/recipe-warning.ts';
import { hasWeights } from './prompt-weights.ts';

/** What a setting of AUTOMATIC1111 and its relatives does that a recipe has no setting for, by its label. */
const STEPS: readonly (readonly [RegExp, ForeignStep])[] = [
	[/^(hires|second pass)/, 'second-pass'],
	[/^controlnet/, 'control'],
	[/^(mask blur|inpaint|masked content|masked area|soft inpainting)/, 'inpainting'],
	[/^adetailer/, 'detailer'],
	[/^refiner/, 'refiner'],
	[/^(variation seed|seed resize from)/, 'mixed-noise'],
	[/^(ultimate sd upscale|sd upscale|postprocess|face restoration)/, 'after-work'],
	[/^tiling$/, 'tiling'],
	[/^(ti|ti hashes)$/, 'embeddings'],
	[/^styles?$/, 'styles'],
	[/^(ip-?adapter|pulid|photomaker|reference)/, 'reference-picture'],
	[
		/^(freeu|dynamic thresholding|skip layer|perturbed|sag |pag |cfg rescale|eta$|sigma noise)/,
		'unknown',
	],
];
/** Values that say that a setting was off. */
const OFF = /^(0|0\.0+|none|false|off|disabled|\[\]|)$/i;
/** Programs whose noise comes from the GPU where their text does not say otherwise. */
const GPU_VERSIONS = /^(v?\d+\.\d+|f\d|neo|classic)/i;

/**
 * What another program did besides what its recipe says.
 *
 * @param settings by their labels in lower case
 * @param prompt as it stood there
 * Source: docs/spec/samplers.md, sections 6.5 and 7
 */
export function textNotes(
	settings: ReadonlyMap<string, string>,
	prompt: string,
): readonly NotDrawn[] {
	const found = new Map<ForeignStep, string[]>();
	for (const [label, value] of settings) {
		const [, step] = STEPS.find(([pattern]) => pattern.test(label)) ?? [];
		if (step === undefined || OFF.test(value)) continue;
		found.set(step, [...(found.get(step) ?? []), `${label}: ${value}`]);
	}
	const isSecondPass = found.has('second-pass');
	const strength = Number(settings.get('denoising strength') ?? 1);
	if (strength < 1 && !isSecondPass) found.set('source-picture', []);
	// The strength alone says how much of a mix there is.
	if (OFF.test(settings.get('variation seed strength') ?? '1')) found.delete('mixed-noise');
	if (isGpuNoise(settings)) found.set('gpu-noise', []);
	if (hasWeights(prompt)) found.set('prompt-weights', []);
	if (/(^|\s)(BREAK|AND)(\s|$)/.test(prompt)) found.set('several-prompts', []);
	return Array.from(found, ([step, names]) => notDrawn(step, names));
}

function isGpuNoise(settings: ReadonlyMap<string, string>): boolean {
	const generator = settings.get('rng');
	if (generator !== undefined) return !/^(cpu|torch)/i.test(generator);
	return GPU_VERSIONS.test(settings.get('version') ?? '') || settings.get('app') === 'SD.Next';
}
