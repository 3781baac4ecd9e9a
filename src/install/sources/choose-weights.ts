import type { Model } from '../../families/model.ts';
import type { ComponentId } from '../../families/parts/block.ts';
import { planComponent } from '../checkpoint/component-plan.ts';
import { CheckpointError, FilesMissingError, type MissingFile } from '../errors.ts';
import { readHeader } from '../checkpoint/read-header.ts';
import type { SafetensorsHeader } from '../checkpoint/safetensors.ts';
import type { WeightFile } from '../weight-file.ts';
import type { StreamSource } from '../stream-source.ts';

/** Files that may hold weights, those of other formats included: to say what is wrong with them. */
const WEIGHTS = /\.(safetensors|sft|gguf|ckpt|pt|pth|bin)$/i;

/** Files that belong together, and what they say of themselves. */
interface Candidate {
	readonly paths: readonly string[];
	readonly sources: readonly StreamSource[];
	/** The headers, or why there are none. */
	readonly headers: readonly SafetensorsHeader[] | CheckpointError;
}

/**
 * Finds each component among files that may hold much else: a folder of ComfyUI has other models too.
 * A file is taken if it holds every tensor; among several the one in its usual place.
 *
 * @param sources by path, with slashes
 * @throws FilesMissingError, or CheckpointError that says why the file in the usual place cannot be taken
 */
export async function chooseWeights(
	{ components }: Pick<Model, 'components'>,
	sources: ReadonlyMap<string, StreamSource>,
	signal?: AbortSignal,
): Promise<Readonly<Record<string, readonly WeightFile[]>>> {
	const candidates = await readCandidates(sources, signal);
	const chosen = new Map<ComponentId, readonly WeightFile[]>();
	const missing: MissingFile[] = [];
	for (const component of components) {
		const { place, what, instead } = component.files;
		const inPlace = (candidate: Candidate) => candidate.paths.some((path) => place.test(path));
		const ordered = [
			...candidates.filter(inPlace),
			...candidates.filter((candidate) => !inPlace(candidate)),
		];
		let refusal: CheckpointError | undefined;
		const fit = ordered.find((candidate) => {
			try {
				if (candidate.headers instanceof CheckpointError) throw candidate.headers;
				planComponent(component, candidate.headers, components);
				return true;
			} catch (error) {
				if (!(error instanceof CheckpointError)) throw error;
				if (inPlace(candidate)) refusal ??= naming(instead, error);
				return false;
			}
		});
		if (fit !== undefined) {
			chosen.set(
				component.id,
				fit.sources.map((source) => ({ source })),
			);
		} else if (refusal !== undefined) throw refusal;
		else missing.push({ file: instead, what });
	}
	if (missing.length > 0) throw new FilesMissingError(missing);
	return Object.fromEntries(chosen);
}

/** Adds which file to get instead: what reads headers does not know the component that was looked for. */
function naming(instead: string, error: CheckpointError): CheckpointError {
	const { file, ...fault } = error.data;
	return fault.problem === 'foreign'
		? new CheckpointError({ ...fault, get: instead }, file)
		: error;
}

async function readCandidates(
	sources: ReadonlyMap<string, StreamSource>,
	signal: AbortSignal | undefined,
): Promise<readonly Candidate[]> {
	const groups = new Map<string, string[]>();
	for (const path of [...sources.keys()].sort()) {
		if (!WEIGHTS.test(path)) continue;
		// model-00001-of-00003.safetensors and its sisters are one checkpoint.
		const key = path.replace(/-\d{5}-of-(\d{5})(\.\w+)$/, '-of-$1$2');
		groups.set(key, [...(groups.get(key) ?? []), path]);
	}
	return Promise.all(
		[...groups.values()].map(async (paths): Promise<Candidate> => {
			const files = paths.flatMap((path) => sources.get(path) ?? []);
			try {
				const headers = await Promise.all(files.map((source) => readHeader(source, signal)));
				return { paths, sources: files, headers };
			} catch (error) {
				if (!(error instanceof CheckpointError)) throw error;
				return { paths, sources: files, headers: error };
			}
		}),
	);
}
