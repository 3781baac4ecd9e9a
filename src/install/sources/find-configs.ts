import type { ModelFamily } from '../../families/family.ts';
import type { ModelConfigs } from '../../families/parts/model-configs.ts';
import { readStart, type StreamSource } from '../stream-source.ts';
import type { Candidate } from './read-candidates.ts';

/** Real ones have a few KB. */
const MAX_CONFIG_BYTES = 2 ** 20;

/** Configs that may describe the model, and where those come from that were files. */
export interface ConfigSet {
	readonly configs: ModelConfigs;
	/** The folder that holds the component's folders: `Z-Image-Turbo`; absent where all are the published ones. */
	readonly root?: string;
	/** Components whose weights must lie beside their config. */
	readonly beside: readonly string[];
	/** Paths of the files. */
	readonly paths: readonly string[];
}

/** A config.json at `<root>/<component>/config.json`. */
interface FoundConfig {
	readonly root: string;
	readonly component: string;
	readonly path: string;
	readonly json: unknown;
}

/**
 * The configs that a folder may be read by, the likeliest first. Folders of models hold configs of other
 * models too, under the same names. So a config counts in a folder that has all of the family's, or for
 * weights that lie beside it; else the published ones do.
 *
 * @param published stand in for those that are not among the files
 */
export async function findConfigs(
	family: ModelFamily,
	sources: ReadonlyMap<string, StreamSource>,
	candidates: readonly Candidate[],
	published: ModelConfigs | undefined,
	signal?: AbortSignal,
): Promise<{ readonly sets: readonly ConfigSet[]; readonly all: readonly string[] }> {
	const found: FoundConfig[] = [];
	for (const component of family.configs) {
		const ending = `${component}/config.json`;
		for (const [path, source] of sources) {
			if (path !== ending && !path.endsWith(`/${ending}`)) continue;
			if (source.byteLength > MAX_CONFIG_BYTES) continue;
			const json = await readJson(source, signal);
			const root = path.slice(0, -ending.length);
			// One that is broken is as good as none: the published one may stand in.
			if (json !== undefined) found.push({ root, component, path, json });
		}
	}
	const folders = new Set(candidates.flatMap(({ paths }) => paths.map(folderOf)));
	const isBeside = ({ path }: FoundConfig): boolean => folders.has(folderOf(path));
	const roots = [...new Set(found.map(({ root }) => root))].sort((a, b) => a.length - b.length);
	// What no folder of weights has, such as the scheduler's: the model is known by it.
	const besides = Object.entries(published ?? {}).filter(
		([name]) => !family.configs.includes(name),
	);
	const whole: ConfigSet[] = [];
	const partial: ConfigSet[] = [];
	for (const root of roots) {
		const own = found.filter((config) => config.root === root);
		if (own.length === family.configs.length)
			whole.push(setOf(root, own, Object.fromEntries(besides), []));
		const near = own.filter(isBeside);
		if (near.length > 0 && published !== undefined) {
			const names = near.map(({ component }) => component);
			partial.push(setOf(root, near, published, names));
		}
	}
	// A whole model with its weights goes before configs that lie about.
	const withWeights = ({ paths }: ConfigSet): number =>
		paths.filter((path) => folders.has(folderOf(path))).length;
	whole.sort((a, b) => withWeights(b) - withWeights(a));
	const last = published === undefined ? [] : [{ configs: published, beside: [], paths: [] }];
	return { sets: [...whole, ...partial, ...last], all: found.map(({ path }) => path) };
}

function setOf(
	root: string,
	found: readonly FoundConfig[],
	others: ModelConfigs,
	beside: readonly string[],
): ConfigSet {
	const own = Object.fromEntries(found.map(({ component, json }) => [component, json]));
	return { root, configs: { ...others, ...own }, beside, paths: found.map(({ path }) => path) };
}

export function folderOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Undefined for what is no JSON. */
async function readJson(file: StreamSource, signal: AbortSignal | undefined): Promise<unknown> {
	const bytes = await readStart(file, file.byteLength, signal);
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return undefined;
	}
}
