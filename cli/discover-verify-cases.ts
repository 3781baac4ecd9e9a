import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterCase, ConfigKind, WeightsLayout } from '../lab/verify/verify-contract.ts';

/** One weights file and one golden file of a folder, to be held against each other. */
export interface FoundCase {
	readonly name: string;
	readonly kind: ConfigKind;
	readonly layout: WeightsLayout;
	readonly config: unknown;
	/** File names inside the folder. */
	readonly weightsFile: string;
	readonly goldenFile: string;
	readonly adapters?: FoundAdapters;
}

/** As `AdapterCases`, by file names inside the folder. */
export interface FoundAdapters {
	readonly inputsFile: string;
	readonly cases: readonly (Omit<AdapterCase, 'adapters'> & {
		readonly adapters: readonly { readonly file: string; readonly strength: number }[];
	})[];
}

export interface Discovery {
	readonly cases: readonly FoundCase[];
	/** What keeps a golden file from being checked, each a sentence for the user. */
	readonly problems: readonly string[];
}

const LAYOUTS: readonly WeightsLayout[] = ['diffusers', 'comfy', 'original', 'weights'];

const KIND_BY_FIELD: readonly (readonly [string, ConfigKind])[] = [
	['cap_feat_dim', 'z-image'],
	['block_out_channels', 'autoencoder-kl'],
	['vocab_size', 'qwen3'],
];

/**
 * Finds `NAME.config.json` with its `NAME.LAYOUT.safetensors`, `NAME.golden*.safetensors` and
 * `NAME-guidance.golden*.safetensors`.
 * With `NAME.lora.golden.safetensors` and `.json` also `NAME.lora-*.safetensors`, adapters of NAME.
 * Other files, goldens without a config among them, are none of this tool's business.
 */
export function discoverVerifyCases(folder: string): Discovery {
	const files = readdirSync(folder).sort();
	const cases: FoundCase[] = [];
	const problems: string[] = [];
	for (const configFile of files.filter((file) => file.endsWith('.config.json'))) {
		const name = configFile.slice(0, -'.config.json'.length);
		const goldens = files.filter((file) =>
			[name, `${name}-guidance`].some(
				(stem) =>
					file.startsWith(`${stem}.golden`) && /^[^.]*\.safetensors$/.test(tail(file, stem)),
			),
		);
		if (goldens.length === 0) continue;
		const layouts = LAYOUTS.filter((layout) => files.includes(`${name}.${layout}.safetensors`));
		if (layouts.length === 0) {
			problems.push(
				`${name}: weights missing. Looked for ${name}.{${LAYOUTS.join(',')}}.safetensors` +
					`${files.includes('make-weights.mjs') ? '; run `node make-weights.mjs` in the folder' : ''}.`,
			);
			continue;
		}
		const config = readConfig(join(folder, configFile));
		const kind = config === undefined ? undefined : kindOf(config);
		if (kind === undefined) {
			problems.push(
				config === undefined
					? `${name}: ${configFile} is not JSON.`
					: `${name}: ${configFile} has none of ${KIND_BY_FIELD.map(([field]) => field).join(', ')}.`,
			);
			continue;
		}
		const adapters = foundAdapters(folder, name, files);
		if (typeof adapters === 'string') problems.push(adapters);
		for (const layout of layouts) {
			const weightsFile = `${name}.${layout}.safetensors`;
			const found = { name, kind, layout, config, weightsFile };
			for (const goldenFile of goldens) cases.push({ ...found, goldenFile });
			if (typeof adapters !== 'object') continue;
			cases.push({ ...found, goldenFile: `${name}.lora.golden.safetensors`, adapters });
		}
	}
	return { cases, problems };
}

/** The adapter cases of a network, what is wrong with them, or undefined where it has none. */
function foundAdapters(
	folder: string,
	name: string,
	files: readonly string[],
): FoundAdapters | string | undefined {
	const golden = `${name}.lora.golden`;
	if (!files.includes(`${golden}.safetensors`)) return undefined;
	const inputsFile = `${name}.golden.safetensors`;
	if (!files.includes(inputsFile)) return `${name}: ${inputsFile} with the inputs is missing.`;
	const described = readConfig(join(folder, `${golden}.json`));
	if (!isRecord(described) || !isRecord(described['cases'])) {
		return `${name}: ${golden}.json with its cases is missing or no JSON.`;
	}
	const cases: FoundAdapters['cases'][number][] = [];
	for (const [caseName, each] of Object.entries(described['cases'])) {
		const uses = isRecord(each) && Array.isArray(each['adapters']) ? each['adapters'] : [];
		const adapters = uses.flatMap((use: unknown) => {
			if (!isRecord(use) || typeof use['adapter'] !== 'string') return [];
			const file = `${name}.lora-${use['adapter']}.safetensors`;
			return typeof use['strength'] === 'number' ? [{ file, strength: use['strength'] }] : [];
		});
		const missing = adapters.find(({ file }) => !files.includes(file));
		if (missing !== undefined) return `${name}: ${missing.file} is missing.`;
		if (adapters.length !== uses.length)
			return `${name}: ${golden}.json: no adapters of ${caseName}.`;
		const rows = isRecord(each) ? /every (\d+)/.exec(String(each['rows'])) : null;
		cases.push({ name: caseName, rowStride: Number(rows?.[1] ?? 1), adapters });
	}
	return { inputsFile, cases };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `golden2.safetensors` of `dit-tiny.golden2.safetensors`. */
function tail(file: string, name: string): string {
	return file.slice(name.length + 1);
}

function readConfig(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch {
		return undefined;
	}
}

function kindOf(config: unknown): ConfigKind | undefined {
	if (typeof config !== 'object' || config === null) return undefined;
	return KIND_BY_FIELD.find(([field]) => field in config)?.[1];
}
