import { conv, type ConvPart, wholePart } from '../../kernels/image/conv.ts';
import { copyImageRows } from '../../kernels/image/copy-image-rows.ts';
import { type Expression, SUM } from '../../kernels/wgsl/expression.ts';
import {
	channelMoments,
	groupAffine,
	momentChunks,
	momentElements,
} from '../../kernels/image/group-norm.ts';
import { type ImageBuffer, type Span, wholeImage } from '../../kernels/image/image-buffer.ts';
import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../../kernels/dispatch/kernel-dispatch.ts';
import { evaluateExtent } from '../../../graph/extent.ts';
import type { ConvStep, GroupNormStep, PlanTensor } from '../plan/plan-step.ts';
import { biasOf, type ResidualStage } from '../plan/residual-stage.ts';
import { ifItFits } from './if-it-fits.ts';
import type { RunPlan, SizedRun } from './run-plan.ts';
import { assignScratchSlots, type ScratchValue } from './scratch-slots.ts';
import { boundOperands, valueTensor, weightRange } from './step-dispatches.ts';

/** Rows of a band; fewer keep the GPU less busy. */
const BAND_ROWS = [128, 64, 32, 16];
/** Fewer channels at a time spend more on adding up than on convolving. */
const LEAST_SLAB_CHANNELS = 16;

type Dispatches = readonly KernelDispatch<PlanTensor>[];

/**
 * How a residual stage can be computed in less memory than all its values take, the least work first.
 * GroupNorm's statistics are of a group of channels over all pixels, so what is cut is either a slab of
 * whole groups, complete in itself, or a band of rows, computed once for the statistics and again for
 * its use. Every value is computed as in one piece; only a sum over slabs of channels is added up in
 * another order.
 *
 * Empty for a stage that must write its result beside its input.
 */
export function residualPlans(stage: ResidualStage, run: SizedRun): readonly RunPlan[] {
	const geometry = new StageGeometry(stage, run);
	if (stage.shortcut === undefined) {
		if (!run.inPlace.has(stage.y) || stage.upsample !== undefined) return [];
		const bands = geometry.bandRows.map((rows) => bandedPlan(geometry, rows));
		return [wholePlan(geometry), ...bands];
	}
	if (run.inPlace.size > 0 || stage.upsample === undefined) return [];
	return [
		...geometry.slabChannels.map((channels) => slabPlan(geometry, channels)),
		...geometry.bandRows.map((rows) => slabAndBandPlan(geometry, rows)),
	];
}

/** y = x + conv2(c1), written over x; all of c1 is kept. */
function wholePlan(geometry: StageGeometry): RunPlan {
	const { stage, height, rows } = geometry;
	const c1 = geometry.scratchImage('c1', height);
	return geometry.plan('in place', [geometry.imageValue(c1, geometry.middle)], [rows], (target) => {
		const build = new StageBuilder(geometry, target);
		const x = geometry.image(stage.x);
		return [
			...build.norm(stage.norm1, x, geometry.inputs),
			...build.conv(stage.conv1, x, c1),
			...build.norm(stage.norm2, c1, geometry.outputs),
			...build.conv(stage.conv2, c1, geometry.image(stage.y), { rows, accumulate: true }),
		];
	});
}

/**
 * y = x + conv2(c1), written over x. c1 is computed twice, band by band: for its statistics, then into a
 * ring of two rows more than a band. conv2 follows a row behind, so that it overwrites only rows of x
 * that conv1 has read for the last time.
 */
function bandedPlan(geometry: StageGeometry, bandRows: number): RunPlan {
	const { stage } = geometry;
	const ring = geometry.scratchImage('c1', bandRows + 2);
	const bands = bandsOf(geometry.height, bandRows);
	const pieces = bands.map(({ made }) => made);
	const values = [geometry.imageValue(ring, geometry.middle)];
	return geometry.plan(`in place, bands of ${bandRows}`, values, pieces, (target) => {
		const build = new StageBuilder(geometry, target);
		const [x, y] = [geometry.image(stage.x), geometry.image(stage.y)];
		return [
			...build.norm(stage.norm1, x, geometry.inputs),
			...bands.flatMap(({ made }, index) => {
				const band = { ...ring, rows: bandRows };
				return [
					...build.conv(stage.conv1, x, band, { rows: made }),
					...build.moments(stage.norm2, band, geometry.outputs, pieces, index),
				];
			}),
			build.affine(stage.norm2, geometry.outputs, pieces),
			...bands.flatMap(({ made, used }) => [
				...build.conv(stage.conv1, x, ring, { rows: made }),
				...build.conv(stage.conv2, ring, y, { rows: used, accumulate: true }),
			]),
		];
	});
}

/** u is computed a slab of channels at a time; c1 and y add up what follows from it. */
function slabPlan(geometry: StageGeometry, channels: number): RunPlan {
	const { stage, height, rows } = geometry;
	const slab = geometry.scratchImage('u', height);
	const c1 = geometry.scratchImage('c1', height);
	const values = [geometry.imageValue(slab, channels), geometry.imageValue(c1, geometry.middle)];
	return geometry.plan(`slabs of ${channels}`, values, [rows], (target) => {
		const build = new StageBuilder(geometry, target);
		const y = geometry.image(stage.y);
		return [
			...build.slabs(slab, channels, c1, y),
			...build.norm(stage.norm2, c1, geometry.outputs),
			...build.conv(stage.conv2, c1, y, { rows, accumulate: true }),
		];
	});
}

/**
 * c1 lies where y will be. y is written over it band by band, from a ring that holds the rows of c1 that
 * are still needed, and from u, computed a second time.
 */
function slabAndBandPlan(geometry: StageGeometry, bandRows: number): RunPlan {
	const { stage, rows } = geometry;
	const ring = geometry.scratchImage('c1', bandRows + 2);
	const band = geometry.scratchImage('u band', bandRows + 1);
	const slab = geometry.scratchImage('u', geometry.height);
	const bandValue = geometry.imageValue(band, geometry.inputs.count);
	const fits = (channels: number) => geometry.imageValue(slab, channels).bytes <= bandValue.bytes;
	// No larger than the band that comes after it in the same memory, where that is possible.
	const channels =
		geometry.slabChannels.find(fits) ?? geometry.slabChannels.at(-1) ?? geometry.inputs.count;
	const values = [
		{ ...geometry.imageValue(slab, channels), to: 0 },
		{ ...bandValue, from: 1 },
		{ ...geometry.imageValue(ring, geometry.middle), from: 1 },
	];
	const name = `slabs of ${channels}, bands of ${bandRows}`;
	return geometry.plan(name, values, [rows], (target) => {
		const build = new StageBuilder(geometry, target);
		const y = geometry.image(stage.y);
		return [
			...build.slabs(slab, channels, y, undefined),
			...build.norm(stage.norm2, y, geometry.outputs),
			...bandsOf(geometry.height, bandRows).flatMap(({ made, used }) => [
				...build.copy(y, ring, made),
				...build.upsample(band, { rows: used }),
				...build.shortcut(band, y, { rows: used }),
				...build.conv(stage.conv2, ring, y, { rows: used, accumulate: true }),
			]),
		];
	});
}

interface Band {
	/** Rows that the band makes. */
	readonly made: Span;
	/** Rows whose neighbours are made: one behind, up to the last band. */
	readonly used: Span;
}

function bandsOf(height: number, bandRows: number): readonly Band[] {
	return Array.from({ length: Math.ceil(height / bandRows) }, (_, index) => {
		const start = index * bandRows;
		const end = Math.min(start + bandRows, height);
		const usedStart = Math.max(0, start - 1);
		const usedEnd = end === height ? height : end - 1;
		return {
			made: { start, count: end - start },
			used: { start: usedStart, count: usedEnd - usedStart },
		};
	});
}

/** Extents and names of a stage in one run. */
class StageGeometry {
	readonly stage: ResidualStage;
	readonly graphName: string;
	readonly height: number;
	readonly width: number;
	readonly run: SizedRun;

	constructor(stage: ResidualStage, run: SizedRun) {
		this.stage = stage;
		this.run = run;
		this.graphName = run.graphName;
		this.height = evaluateExtent(stage.conv2.height, run.extents);
		this.width = evaluateExtent(stage.conv2.width, run.extents);
	}

	/** Channels of u. */
	get inputs(): Span {
		return { start: 0, count: this.stage.conv1.inChannels };
	}

	/** Channels of c1 and y. */
	get outputs(): Span {
		return { start: 0, count: this.middle };
	}

	get middle(): number {
		return this.stage.conv2.inChannels;
	}

	get rows(): Span {
		return { start: 0, count: this.height };
	}

	get bandRows(): readonly number[] {
		return BAND_ROWS.filter((rows) => rows < this.height);
	}

	/** All of u's channels, then ever fewer whole groups of them. */
	get slabChannels(): readonly number[] {
		const { channels, groups } = this.stage.norm1;
		const perGroup = channels / groups;
		const all: number[] = [channels];
		let half = channels / 2;
		while (half >= LEAST_SLAB_CHANNELS && half % perGroup === 0) {
			all.push(half);
			half /= 2;
		}
		return all;
	}

	/** A value that callers bring a buffer for. */
	image(value: string): ImageBuffer<PlanTensor> {
		const upscale = value === this.stage.x ? (this.stage.upsample?.upscale ?? 1) : 1;
		return wholeImage(valueTensor(value), this.height / upscale);
	}

	scratchImage(name: string, rows: number): ImageBuffer<PlanTensor> {
		return wholeImage(valueTensor(`${this.stage.y}.${name}`), rows);
	}

	imageValue({ ref, rows }: ImageBuffer<PlanTensor>, channels: number): ScratchValue {
		const name = ref.type === 'value' ? ref.name : '';
		return { name, bytes: channels * rows * this.width * F32_BYTES, from: 0, to: 1 };
	}

	/** Chunks of a channel's statistics that come in runs of rows. */
	chunks(pieces: readonly Span[]): number {
		return pieces.reduce((sum, { count }) => sum + momentChunks(count * this.width), 0);
	}

	/** @param pieces in which norm2's statistics come */
	plan(
		name: string,
		images: readonly ScratchValue[],
		pieces: readonly Span[],
		dispatches: (target: KernelTarget) => Dispatches,
	): RunPlan {
		const { norm1, norm2 } = this.stage;
		const vector = (value: string, elements: number): ScratchValue => ({
			name: value,
			bytes: elements * F32_BYTES,
			from: 0,
			to: 1,
		});
		const vectors = [
			vector(norm1.output, 2 * norm1.channels),
			vector(norm1.moments, momentElements(norm1.channels, this.chunks([this.rows]))),
			vector(norm2.output, 2 * norm2.channels),
			vector(norm2.moments, momentElements(norm2.channels, this.chunks(pieces))),
		];
		return {
			name,
			slots: assignScratchSlots([...images, ...vectors]),
			dispatches: (target) => ifItFits(() => dispatches(target)),
		};
	}
}

const WITH_BIAS: Expression = { type: 'add', left: SUM, right: { type: 'operand', index: 0 } };

/** Dispatches of pieces of a stage. */
class StageBuilder {
	readonly #geometry: StageGeometry;
	readonly #target: KernelTarget;

	constructor(geometry: StageGeometry, target: KernelTarget) {
		this.#geometry = geometry;
		this.#target = target;
	}

	/** @param part of it; the bias is added with the last input channels */
	conv(
		step: ConvStep,
		x: ImageBuffer<PlanTensor>,
		output: ImageBuffer<PlanTensor>,
		part: Partial<ConvPart> = {},
	): Dispatches {
		const { graphName, width, height, run } = this.#geometry;
		const { inChannels, kernel, upscale, affine } = step;
		const outChannels = evaluateExtent(step.rows, run.extents);
		const whole = wholePart({ inChannels, outChannels, height });
		const { inputs } = { ...whole, ...part };
		const bias = inputs.start + inputs.count === inChannels ? biasOf(step) : undefined;
		return conv.dispatches(
			{
				label: `${graphName} ${step.output}`,
				x,
				...(affine === undefined ? {} : { affine: valueTensor(affine) }),
				weight: weightRange(step.weight),
				output,
				inChannels,
				outChannels,
				height,
				width,
				kernel,
				upscale,
				expression: bias === undefined ? SUM : WITH_BIAS,
				operands: bias === undefined ? [] : boundOperands([bias], run.extents),
				part: { ...whole, ...part },
			},
			this.#target,
		);
	}

	upsample(output: ImageBuffer<PlanTensor>, part: Partial<ConvPart>): Dispatches {
		const { stage } = this.#geometry;
		if (stage.upsample === undefined) return [];
		return this.conv(stage.upsample, this.#geometry.image(stage.x), output, part);
	}

	shortcut(
		x: ImageBuffer<PlanTensor>,
		output: ImageBuffer<PlanTensor>,
		part: Partial<ConvPart>,
	): Dispatches {
		const { shortcut } = this.#geometry.stage;
		return shortcut === undefined ? [] : this.conv(shortcut, x, output, part);
	}

	/** Slab by slab of u: its statistics, its share of c1, and of y where that has a place already. */
	slabs(
		slab: ImageBuffer<PlanTensor>,
		channels: number,
		c1: ImageBuffer<PlanTensor>,
		y: ImageBuffer<PlanTensor> | undefined,
	): Dispatches {
		const { stage, inputs } = this.#geometry;
		const starts = Array.from({ length: inputs.count / channels }, (_, index) => index * channels);
		return starts.flatMap((start) => {
			const u = { ...slab, firstChannel: start };
			const span = { start, count: channels };
			const part = { inputs: span, accumulate: start > 0 };
			return [
				...this.upsample(u, { outputs: span }),
				...this.norm(stage.norm1, u, span),
				...this.conv(stage.conv1, u, c1, part),
				...(y === undefined ? [] : this.shortcut(u, y, part)),
			];
		});
	}

	/** Statistics of a whole image, and what they make of its channels. */
	norm(step: GroupNormStep, x: ImageBuffer<PlanTensor>, channels: Span): Dispatches {
		const pieces = [this.#geometry.rows];
		return [...this.moments(step, x, channels, pieces, 0), this.affine(step, channels, pieces)];
	}

	moments(
		step: GroupNormStep,
		x: ImageBuffer<PlanTensor>,
		channels: Span,
		pieces: readonly Span[],
		index: number,
	): Dispatches {
		const { graphName, width, rows } = this.#geometry;
		return channelMoments(
			{
				label: `${graphName} ${step.output} moments`,
				x,
				width,
				channels,
				rows: pieces[index] ?? rows,
				moments: valueTensor(step.moments),
				chunks: this.#geometry.chunks(pieces),
				firstChunk: this.#geometry.chunks(pieces.slice(0, index)),
			},
			this.#target,
		);
	}

	affine(step: GroupNormStep, channels: Span, pieces: readonly Span[]): KernelDispatch<PlanTensor> {
		const { graphName, height, width } = this.#geometry;
		return groupAffine(
			{
				label: `${graphName} ${step.output}`,
				moments: valueTensor(step.moments),
				chunks: this.#geometry.chunks(pieces),
				weight: weightRange(step.weight),
				bias: weightRange(step.bias),
				affine: valueTensor(step.output),
				allChannels: step.channels,
				channelsPerGroup: step.channels / step.groups,
				channels,
				pixels: height * width,
				epsilon: step.epsilon,
			},
			this.#target,
		);
	}

	copy(x: ImageBuffer<PlanTensor>, output: ImageBuffer<PlanTensor>, rows: Span): Dispatches {
		const { graphName, width, outputs } = this.#geometry;
		return copyImageRows(
			{ label: `${graphName} rows`, x, output, width, channels: outputs, rows },
			this.#target,
		);
	}
}
