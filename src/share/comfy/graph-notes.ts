import { type ForeignStep, notDrawn, type NotDrawn } from '../../recipe/recipe-warning.ts';
import { modelChain } from './find-adapters.ts';
import { latentOf, type Passes } from './find-passes.ts';
import type { FoundText } from './find-text.ts';
import type { Graph, Node } from './graph.ts';
import { isKnownNode } from './known-nodes.ts';

/** What a node does that a recipe has no setting for, by its class. The first that fits. */
const STEPS: readonly (readonly [RegExp, ForeignStep])[] = [
	[/detailer/i, 'detailer'],
	[
		/ipadapter|unclip|clip_?vision|style_?model|redux|referencelatent|pulid|instantid/i,
		'reference-picture',
	],
	[/control/i, 'control'],
	[/inpaint|noisemask|outpaint/i, 'inpainting'],
	[/vaeencode|^loadimage/i, 'source-picture'],
	[
		/^conditioning(combine|concat|average|setarea|setmask|settimesteprange|multi)|regional/i,
		'several-prompts',
	],
];

/** The one whose shift is all that it changes. */
const SHIFTS = /^ModelSampling(AuraFlow|ZImage)$/;

/** What a graph does besides what its recipe says: nothing of it is left unsaid. */
export function notesOf(
	graph: Graph,
	{ base, later, after }: Passes,
	model: unknown,
	texts: readonly FoundText[],
): readonly NotDrawn[] {
	const found = new Map<ForeignStep, string[]>();
	const note = (step: ForeignStep, name: string): void => {
		found.set(step, [...(found.get(step) ?? []), name]);
	};
	const named = ({ type }: Node, otherwise: ForeignStep): void => {
		const [, step] = STEPS.find(([pattern]) => pattern.test(type)) ?? [];
		if (step !== undefined) note(step, type);
		else if (!isKnownNode(type)) note(otherwise, type);
	};
	if (!isOneRun(graph, [base, ...later])) for (const { type } of later) note('second-pass', type);
	for (const node of after) {
		// It samples too, of the picture that is there.
		if ('steps' in node.inputs && !/detailer/i.test(node.type)) note('second-pass', node.type);
		else named(node, 'after-work');
	}
	for (const node of graph.upstream(latentOf(base))) latentNotes(graph, node, note);
	for (const node of modelChain(graph, model)) {
		if (/^ModelSampling/.test(node.type) && !SHIFTS.test(node.type)) note('unknown', node.type);
		else named(node, 'unknown');
	}
	for (const { path } of texts) for (const node of path) named(node, 'unknown');
	for (const node of partOfSteps(graph, base, later)) note('part-of-steps', node.type);
	if (!isKnownNode(base.type)) note('unknown', base.type);
	return Array.from(found, ([step, names]) => notDrawn(step, names));
}

function latentNotes(
	graph: Graph,
	{ type, inputs }: Node,
	note: (step: ForeignStep, name: string) => void,
): void {
	const [, step] = STEPS.find(([pattern]) => pattern.test(type)) ?? [];
	if (step === 'source-picture' || step === 'inpainting') note(step, type);
	const batch = graph.resolve(inputs['batch_size']);
	if (typeof batch === 'number' && batch > 1) note('batch', String(batch));
}

/** Samplers that divide one range of steps among them: the result is that of one. */
function isOneRun(graph: Graph, samplers: readonly Node[]): boolean {
	const [first, ...rest] = samplers.map(({ inputs }) => ({
		start: graph.resolve(inputs['start_at_step']),
		end: graph.resolve(inputs['end_at_step']),
		settings: JSON.stringify(
			['steps', 'cfg', 'sampler_name', 'scheduler', 'model', 'positive'].map(
				(name) => inputs[name],
			),
		),
		addsNoise: inputs['add_noise'] === 'enable',
		keepsNoise: inputs['return_with_leftover_noise'] === 'enable',
	}));
	let before = first;
	for (const next of rest) {
		const goesOn =
			next.start !== undefined && next.start === before.end && !next.addsNoise && before.keepsNoise;
		if (!goesOn || next.settings !== before.settings) return false;
		before = next;
	}
	return true;
}

/** Nodes that leave out the beginning or the end of the steps. */
function partOfSteps(graph: Graph, base: Node, later: readonly Node[]): readonly Node[] {
	const split = graph.find(base.inputs['sigmas'], ({ type }) => /^SplitSigmas/.test(type));
	const last = later.at(-1) ?? base;
	const start = graph.resolve(base.inputs['start_at_step']);
	const end = graph.resolve(last.inputs['end_at_step']);
	const steps = graph.resolve(last.inputs['steps']);
	const cut = (Number(start) || 0) > 0 || (end !== undefined && Number(end) < Number(steps));
	return [...(split === undefined ? [] : [split]), ...(cut ? [base] : [])];
}
