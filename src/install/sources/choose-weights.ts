import type { Model } from '../../families/model.ts';
import type { Component, ComponentId } from '../../families/parts/block.ts';
import type { ComponentNames, PublishedModel } from '../../families/parts/published-model.ts';
import { shareOfNames } from '../checkpoint/checkpoint-layouts.ts';
import { planComponent } from '../checkpoint/component-plan.ts';
import { CheckpointError, FilesMissingError, type MissingFile } from '../errors.ts';
import type { WeightFile } from '../weight-file.ts';
import { hasPublishedName, nameVerdict } from './name-verdict.ts';
import type { Candidate } from './read-candidates.ts';

/** A file with more of a component's names is the component, in a form that cannot be read. */
const MOST = 0.5;

export interface ChooseOptions {
	/** What the model's files are called, by component, where those of its family do not tell. */
	readonly names?: PublishedModel['names'];
	/** How many files the user gave. */
	readonly lookedAt?: number;
}

/**
 * Finds each component among files that may hold much else: a folder of ComfyUI has other models too.
 * A file is taken if it holds every tensor and its name does not say that it is another model's; among
 * several the one with the published name, then one that is named like it, then one in its usual place.
 *
 * @throws FilesMissingError, or CheckpointError that says why the file that comes nearest cannot be taken
 */
export function chooseWeights(
	{ components }: Pick<Model, 'components'>,
	candidates: readonly Candidate[],
	{ names = {}, lookedAt }: ChooseOptions = {},
): Readonly<Record<string, readonly WeightFile[]>> {
	const chosen = new Map<ComponentId, readonly WeightFile[]>();
	const missing: MissingFile[] = [];
	const found: MissingFile[] = [];
	let refusal: CheckpointError | undefined;
	for (const component of components.map((one) => withNames(one, names[one.id]))) {
		const { what, instead } = component.files;
		const choice = chooseFor(component, candidates, components);
		if (choice instanceof CheckpointError) refusal ??= choice;
		else if (choice === undefined) missing.push({ file: instead, what });
		else {
			found.push({ file: choice.paths[0] ?? instead, what });
			const files = choice.sources.map((source) => ({ source }));
			chosen.set(component.id, files);
		}
	}
	if (refusal !== undefined) throw refusal;
	if (missing.length > 0) throw new FilesMissingError(missing, found, lookedAt);
	return Object.fromEntries(chosen);
}

function withNames(component: Component, names: ComponentNames | undefined): Component {
	const { id, blocks, files } = component;
	const graph: Component['graph'] = (kind, options) => component.graph(kind, options);
	return { id, blocks, graph, files: { ...files, ...names } };
}

/** The files to take; or why those that come nearest are not taken; undefined where none comes near. */
function chooseFor(
	component: Component,
	candidates: readonly Candidate[],
	components: readonly Component[],
): Candidate | CheckpointError | undefined {
	const { files } = component;
	const inPlace = candidates.filter(({ paths }) => paths.some((path) => files.place.test(path)));
	const ranked = candidates
		.map((candidate) => ({ candidate, rank: rankOf(candidate, component) }))
		.sort((a, b) => a.rank - b.rank);
	let nearest: { readonly nearness: number; readonly error: CheckpointError } | undefined;
	for (const { candidate } of ranked) {
		const error = refusalOf(candidate, component, components);
		if (error === undefined) return candidate;
		const alone = inPlace.length === 1 && inPlace[0] === candidate;
		const nearness = nearnessOf(candidate, component, error, alone);
		if (nearness > (nearest?.nearness ?? 0)) nearest = { nearness, error };
	}
	return nearest?.error;
}

/** Which of several that fit comes first: the lowest. */
function rankOf({ paths }: Candidate, { files }: Component): number {
	const [path = ''] = paths;
	if (hasPublishedName(path, files)) return 0;
	if (nameVerdict(path, files).says === 'this') return 1;
	return files.place.test(path) ? 2 : 3;
}

function refusalOf(
	{ headers, paths }: Candidate,
	component: Component,
	components: readonly Component[],
): CheckpointError | undefined {
	const { files } = component;
	const [path = ''] = paths;
	try {
		if (headers instanceof CheckpointError) throw headers;
		planComponent(component, headers, components);
	} catch (error) {
		if (!(error instanceof CheckpointError)) throw error;
		return naming(files.instead, error, path);
	}
	const verdict = nameVerdict(path, files);
	if (verdict.says !== 'another') return undefined;
	const { what, instead: get } = files;
	return new CheckpointError(
		{ problem: 'other-model', what, named: verdict.model.what, get },
		path,
	);
}

/** How much a file that is refused looks like the one that is wanted; 0 for a file of something else. */
function nearnessOf(
	{ headers, paths }: Candidate,
	{ files, blocks }: Component,
	{ data }: CheckpointError,
	aloneInPlace: boolean,
): number {
	const [path = ''] = paths;
	const isNamed = hasPublishedName(path, files) || nameVerdict(path, files).says === 'this';
	const tensors = blocks.flatMap((block) => block.tensors);
	const share = headers instanceof CheckpointError ? 0 : shareOfNames(headers, files, tensors);
	const isOdd = ['foreign', 'damaged', 'lora'].includes(data.problem);
	return (share > MOST ? 4 : 0) + (isNamed ? 2 : 0) + (aloneInPlace && isOdd ? 1 : 0);
}

/** Whoever reads a header knows nothing of the component that was looked for. */
function naming(instead: string, error: CheckpointError, path: string): CheckpointError {
	const { file = path, ...fault } = error.data;
	const get = fault.problem === 'foreign' ? { ...fault, get: instead } : fault;
	return new CheckpointError(get, file);
}
