import type { Adapter, AdapterModule, TensorChange } from './adapter.ts';
import type { AdapterHeader } from './adapter-header.ts';
import type { AdapterKind, AdapterReport } from './adapter-report.ts';
import { type Alphas, scales } from './adapter-scale.ts';
import { type AdapterStem, adapterStems } from './adapter-stems.ts';
import { AdapterError } from './errors.ts';
import { foreignFile } from './foreign-file.ts';
import { flatten } from './key-role.ts';
import { type KeyedModule, stemModules } from './stem-modules.ts';
import { isMatrix, type TargetTable, weightName } from './target-table.ts';

/** Dense changes are read and rounded whole, so that more of them than this would take too long. */
const MAX_DIFFERENCE_BYTES = 2 ** 30;
/** A LoHa is a LoRA of the product of its ranks; of larger ones the change itself is formed. */
const MAX_HADAMARD_RANK = 8;

/** A module that could be applied, if no other one does the same. */
interface Candidate extends KeyedModule {
	readonly stem: AdapterStem;
	readonly isOfficial: boolean;
}

/**
 * Finds what an adapter's file changes of a model, in whatever layout it is written.
 *
 * @param alphas of the modules that have one; without them every scale is that of the header, or 1
 * @throws AdapterError if nothing fits; it names what the file is
 * Source: docs/spec/adapters.md, sections 1 to 3
 */
export function matchAdapter(
	header: AdapterHeader,
	table: TargetTable,
	alphas: Alphas = new Map(),
): Adapter {
	const sorted = adapterStems(header);
	const scaleOf = scales(header.metadata, alphas);
	const candidates: Candidate[] = [];
	const misfits: AdapterStem[] = [];
	for (const stem of sorted.stems) {
		const entry = table.get(flatten(stem.path));
		const modules = entry === undefined ? 'incomplete' : stemModules(stem, entry, scaleOf);
		if (modules === 'wrong size') misfits.push(stem);
		else if (modules !== 'incomplete') {
			const isOfficial = entry?.isOfficial ?? false;
			candidates.push(...modules.map((module) => ({ ...module, stem, isOfficial })));
		}
	}
	if (candidates.length === 0) throw new AdapterError(foreignFile(header, sorted, misfits));
	const { applied, duplicates } = withoutDuplicates(candidates);
	refuseLarge(applied);

	const modules = applied.map(({ module }) => module);
	const told = new Set([
		...sorted.textEncoder,
		...[...applied, ...duplicates].flatMap(({ keys }) => keys),
		...misfits.flatMap(({ keys }) => keys),
	]);
	const unused = [...header.tensors.keys()].filter((key) => !told.has(key)).sort();
	return {
		modules,
		changes: changesOf(modules),
		report: {
			used: new Set(applied.map(({ stem }) => stem)).size,
			modules: sorted.stems.length,
			targets: targetsOf(modules),
			unused,
			textEncoder: [...sorted.textEncoder].sort(),
			duplicates: duplicates.flatMap(({ keys }) => keys).sort(),
			wrongSizes: misfits.map(({ name }) => name).sort(),
			...kindsAndRanks(modules),
			rounded: modules.filter(isRounded).length,
		},
	};
}

/** Of modules that change one tensor in one way, the one with the official name is applied, else the first. */
function withoutDuplicates(candidates: readonly Candidate[]): {
	applied: readonly Candidate[];
	duplicates: readonly Candidate[];
} {
	const claimed = new Set<string>();
	const applied: Candidate[] = [];
	const duplicates: Candidate[] = [];
	const official = candidates.filter(({ isOfficial }) => isOfficial);
	for (const candidate of [...official, ...candidates.filter(({ isOfficial }) => !isOfficial)]) {
		const { targets, change } = candidate.module;
		const claims = targets.map(({ tensor }) => `${change.kind} ${tensor}`);
		if (claims.some((claim) => claimed.has(claim))) duplicates.push(candidate);
		else {
			for (const claim of claims) claimed.add(claim);
			applied.push(candidate);
		}
	}
	return { applied, duplicates };
}

function refuseLarge(applied: readonly Candidate[]): void {
	let bytes = 0;
	for (const { module } of applied) {
		const { change } = module;
		if (change.kind === 'difference' && isMatrix(module)) bytes += change.values.byteLength;
	}
	if (bytes <= MAX_DIFFERENCE_BYTES) return;
	const limitBytes = MAX_DIFFERENCE_BYTES;
	throw new AdapterError({ problem: 'too-large', what: 'differences', bytes, limitBytes });
}

function changesOf(modules: readonly AdapterModule[]): Adapter['changes'] {
	const changes = new Map<string, TensorChange[]>();
	for (const module of modules) {
		for (const target of module.targets) {
			const known = changes.get(target.tensor) ?? [];
			changes.set(target.tensor, [...known, { ...target, module }]);
		}
	}
	return changes;
}

function targetsOf(modules: readonly AdapterModule[]): readonly string[] {
	const names = modules.flatMap(({ targets }) => targets.map(({ tensor }) => weightName(tensor)));
	return [...new Set(names)].sort();
}

function kindsAndRanks(modules: readonly AdapterModule[]): Pick<AdapterReport, 'kinds' | 'ranks'> {
	const kinds = [...new Set(modules.map(kindOf))];
	const ranks = modules.flatMap(({ change }) => {
		if (change.kind === 'low-rank') return [change.a.shape[0]];
		if (change.kind === 'hadamard') return [change.first.right.shape[0]];
		return [];
	});
	if (ranks.length === 0) return { kinds };
	// Not spread into Math.min: a hostile file has more modules than a call takes arguments.
	const least = ranks.reduce((a, b) => Math.min(a, b));
	return { kinds, ranks: { least, most: ranks.reduce((a, b) => Math.max(a, b)) } };
}

function kindOf({ change, magnitude }: AdapterModule): AdapterKind {
	if (magnitude !== undefined) return 'dora';
	switch (change.kind) {
		case 'low-rank':
			return 'lora';
		case 'hadamard':
			return 'loha';
		case 'kronecker':
			return 'lokr';
		case 'difference':
			return 'difference';
	}
}

/** Whether the change is formed densely, so that the changed weight is rounded to FP16. */
function isRounded(module: AdapterModule): boolean {
	const { change } = module;
	if (change.kind === 'difference') return isMatrix(module);
	if (change.kind !== 'hadamard') return false;
	const rank = Math.max(change.first.right.shape[0], change.second.right.shape[0]);
	return rank > MAX_HADAMARD_RANK;
}
