import type { AdapterStem } from './adapter-stems.ts';
import { AdapterError } from './errors.ts';
import { asObject, parseObject } from './json-object.ts';

/** Numbers that the file keeps in tensors, by key. */
export type Alphas = ReadonlyMap<string, number>;

/** The scale of a module of some rank. @throws AdapterError if its alpha is not a number */
export type ScaleOf = (stem: AdapterStem, rank: number) => number;

/**
 * alpha / rank, with alpha from the module, or else from what diffusers writes into the header, which may
 * also ask for alpha / √rank; without either 1. Source: docs/spec/adapters.md 2.1
 */
export function scales(metadata: ReadonlyMap<string, string>, alphas: Alphas): ScaleOf {
	const config = parseObject(metadata.get('lora_adapter_metadata'));
	const general = finite(config['transformer.lora_alpha']);
	const pattern = Object.entries(asObject(config['transformer.alpha_pattern']));
	const isStabilised = config['transformer.use_rslora'] === true;
	return ({ path, roles }, rank) => {
		const tensor = roles.get('alpha')?.name ?? '';
		const own = alphas.get(tensor);
		if (own !== undefined) {
			if (!Number.isFinite(own)) throw new AdapterError({ problem: 'not-a-number', tensor });
			return own / rank;
		}
		const special = pattern.find(([name]) => names(name, path));
		const alpha = finite(special?.[1]) ?? general;
		if (alpha === undefined) return 1;
		return alpha / (isStabilised ? Math.sqrt(rank) : rank);
	};
}

/** A pattern is a whole path, or its end; after `^` the whole only. */
function names(pattern: string, path: string): boolean {
	if (pattern.startsWith('^')) return pattern.slice(1) === path;
	return path === pattern || path.endsWith(`.${pattern}`);
}

function finite(value: unknown): number | undefined {
	return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
