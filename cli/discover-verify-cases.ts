import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigKind, WeightsLayout } from '../lab/verify/verify-contract.ts';

/** One weights file and one golden file of a folder, to be held against each other. */
export interface FoundCase {
	readonly name: string;
	readonly kind: ConfigKind;
	readonly layout: WeightsLayout;
	readonly config: unknown;
	/** File names inside the folder. */
	readonly weightsFile: string;
	readonly goldenFile: string;
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
		for (const layout of layouts) {
			const weightsFile = `${name}.${layout}.safetensors`;
			for (const goldenFile of goldens) {
				cases.push({ name, kind, layout, config, weightsFile, goldenFile });
			}
		}
	}
	return { cases, problems };
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
