import type { ModelConfigs } from '../../families/parts/model-configs.ts';
import type { PublishedModel, TokenizerFacts } from '../../families/parts/published-model.ts';
import type { ModelFamily } from '../../families/family.ts';
import { findFamily } from '../../families/registry.ts';
import { type AppError, hasCode } from '../../errors/app-error.ts';
import type { WeightFile } from '../weight-file.ts';
import { type ChooseOptions, chooseWeights } from './choose-weights.ts';
import { CheckpointError, FilesMissingError } from '../errors.ts';
import { type ConfigSet, findConfigs, folderOf } from './find-configs.ts';
import { findTokenizer } from './find-tokenizer.ts';
import { type ModelSource, type TokenizerFiles, UNKNOWN_REVISION } from './model-source.ts';
import { type Candidate, readCandidates } from './read-candidates.ts';
import type { StreamSource } from '../stream-source.ts';

export interface OpenFilesOptions {
	readonly family: string;
	/** Stand in where the files have no config.json: ComfyUI's folders have none. */
	readonly configs?: ModelConfigs;
	/** By what the model's tokenizers are recognised among those of other models. */
	readonly tokenizers?: Readonly<Record<string, { readonly facts?: TokenizerFacts }>>;
	/** What the model's files are called, by component. */
	readonly names?: PublishedModel['names'];
	/** Stands in where the files lack a tokenizer. */
	readonly fetchTokenizer?: (name: string) => Promise<TokenizerFiles>;
	/** How many files the user gave, those included that can be no part of a model. */
	readonly lookedAt?: number;
	/** Every family that is known, where not given. */
	readonly families?: readonly ModelFamily[];
	readonly signal?: AbortSignal;
}

/**
 * Opens a model that lies in files: a diffusers folder, a folder of ComfyUI, or just the files. Other
 * models' files among them do not matter.
 *
 * @param sources by path, with slashes
 * @throws FilesMissingError, CheckpointError, ConfigError, and what `fetchTokenizer` throws
 */
export async function openFiles(
	sources: ReadonlyMap<string, StreamSource>,
	options: OpenFilesOptions,
): Promise<ModelSource> {
	const { families, names, signal, lookedAt = sources.size } = options;
	const family = findFamily(options.family, families);
	const candidates = await readCandidates(sources, signal);
	const { sets, all } = await findConfigs(family, sources, candidates, options.configs, signal);
	const { set, weights } = chooseBySet(family, sets, candidates, all, { names, lookedAt });
	const tokenizers: Record<string, TokenizerFiles> = {};
	for (const name of family.tokenizers) {
		const facts = options.tokenizers?.[name]?.facts;
		const found = await findTokenizer(name, sources, set, facts, signal);
		tokenizers[name] = found ?? (await fetchTokenizer(name, options));
	}
	const { configs } = set;
	return { origin: 'local files', revision: UNKNOWN_REVISION, configs, weights, tokenizers };
}

/** The first configs that all parts of a model are found by. */
function chooseBySet(
	family: ModelFamily,
	sets: readonly ConfigSet[],
	candidates: readonly Candidate[],
	allConfigs: readonly string[],
	options: ChooseOptions,
): { readonly set: ConfigSet; readonly weights: Readonly<Record<string, readonly WeightFile[]>> } {
	// A whole model's own configs say best what is wrong with it; else the published ones do, the last.
	let ofWhole: AppError | undefined;
	let last: AppError | undefined;
	for (const set of sets) {
		try {
			const weights = chooseWeights(family.build(set.configs), candidates, options);
			if (isBeside(set, weights)) return { set, weights };
		} catch (error) {
			if (!isMisfit(error)) throw error;
			last = explain(error, set, allConfigs);
			const isWhole = set.root !== undefined && set.beside.length === 0;
			if (isWhole && !hasCode(error, 'config')) ofWhole ??= last;
		}
	}
	const missing = family.configs.map((component) => ({ file: `${component}/config.json` }));
	throw ofWhole ?? last ?? new FilesMissingError(missing, [], options.lookedAt);
}

function isMisfit(error: unknown): error is AppError {
	return (['checkpoint', 'config', 'files-missing'] as const).some((code) => hasCode(error, code));
}

function isBeside(
	{ root = '', beside }: ConfigSet,
	weights: Readonly<Record<string, readonly WeightFile[]>>,
): boolean {
	return beside.every((component) =>
		weights[component]?.every(({ source }) => folderOf(source.name) === `${root}${component}`),
	);
}

/** What does not fit may be the config that was expected to count. */
function explain(error: AppError, { paths }: ConfigSet, allConfigs: readonly string[]): AppError {
	if (!(error instanceof CheckpointError)) return error;
	if (error.data.problem !== 'tensor-shape' && error.data.problem !== 'tensor-missing')
		return error;
	const passedOver = allConfigs.filter((path) => !paths.includes(path));
	return passedOver.length === 0
		? error
		: new CheckpointError(error.data, error.data.file, passedOver);
}

async function fetchTokenizer(
	name: string,
	{ fetchTokenizer }: OpenFilesOptions,
): Promise<TokenizerFiles> {
	if (fetchTokenizer !== undefined) return fetchTokenizer(name);
	throw new FilesMissingError([
		{ file: `${name}/tokenizer.json` },
		{ file: `${name}/tokenizer_config.json` },
	]);
}
