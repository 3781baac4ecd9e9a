import type { ComponentName } from '../families/parts/block.ts';
import {
	leastResidencyBytes,
	type PlannedBlock,
	planResidency,
	type ResidencyPlan,
} from '../streaming/residency-plan.ts';
import type { PlannedRun } from './runner/component-graphs.ts';

/** A picture's turns on the GPU, in their order; each gives its memory back before the next takes any. */
export const PICTURE_PARTS = ['encode', 'refine', 'sample', 'decode'] as const;
export type PicturePart = (typeof PICTURE_PARTS)[number];

/** What a part of a picture takes, whatever the budget. */
export interface PartNeeds {
	/** Peak of activations and scratch buffers. */
	readonly activationBytes: number;
	/** Smaller peaks that it can be cut to, for more work, the least work first. */
	readonly cutBytes?: readonly number[];
	/** Its blocks in order of use, repeats included. */
	readonly order: readonly PlannedBlock[];
}

/** A part of a model that ONNX Runtime takes over from the engine that was chosen. */
export interface Fallback {
	readonly component: ComponentName;
	/** In English, for those who look closer. */
	readonly reason: string;
}

export interface PictureNeeds {
	readonly parts: Readonly<Record<PicturePart, PartNeeds>>;
	/** False if an engine decides by itself what it allocates: the plan is then a wish, not a promise. */
	readonly isExact: boolean;
	/** At most one for each component. */
	readonly fallbacks: readonly Fallback[];
	/** Every kind of run that the picture consists of, once. */
	readonly runs: Readonly<Record<ComponentName, readonly PlannedRun[]>>;
}

export interface PartPlan {
	readonly activationBytes: number;
	/** True if the part keeps to `activationBytes` only when it is told them. */
	readonly isCut: boolean;
	/** Allowed for weights and staging. */
	readonly weightBytes: number;
	readonly residency: ResidencyPlan;
}

export interface PicturePlan {
	readonly budgetBytes: number;
	readonly parts: Readonly<Record<PicturePart, PartPlan>>;
	/** At most this much is held at any time. */
	readonly peakBytes: number;
	/** The smallest budget that this picture can be drawn in. */
	readonly leastBytes: number;
	readonly isExact: boolean;
	readonly fallbacks: readonly Fallback[];
}

/** For what is too small to plan: uniforms, flags, latents that are read back. */
const RESERVE_BYTES = 16 * 2 ** 20;

/** Divides a budget. Pure: the same needs and budget give the same plan. */
export function planPicture(needs: Omit<PictureNeeds, 'runs'>, budgetBytes: number): PicturePlan {
	const parts = {
		encode: planPart(needs.parts.encode, budgetBytes),
		refine: planPart(needs.parts.refine, budgetBytes),
		sample: planPart(needs.parts.sample, budgetBytes),
		decode: planPart(needs.parts.decode, budgetBytes),
	};
	const each = Object.values(parts);
	return {
		budgetBytes,
		parts,
		peakBytes:
			Math.max(...each.map(({ activationBytes, residency }) => activationBytes + residency.bytes)) +
			RESERVE_BYTES,
		leastBytes:
			Math.max(
				...Object.values(needs.parts).map(
					(part) => (peaksOf(part).at(-1) ?? 0) + leastResidencyBytes(part.order),
				),
			) + RESERVE_BYTES,
		isExact: needs.isExact,
		fallbacks: needs.fallbacks,
	};
}

/** The least work whose activations leave room for two blocks. */
function planPart(part: PartNeeds, budgetBytes: number): PartPlan {
	const { order } = part;
	const bytes = budgetBytes - RESERVE_BYTES;
	const most = bytes - leastResidencyBytes(order);
	const peaks = peaksOf(part);
	const activationBytes = peaks.find((peak) => peak <= most) ?? peaks.at(-1) ?? 0;
	const weightBytes = Math.max(0, bytes - activationBytes);
	return {
		activationBytes,
		isCut: part.cutBytes !== undefined,
		weightBytes,
		residency: planResidency({ order, bytes: weightBytes }),
	};
}

function peaksOf({ activationBytes, cutBytes = [] }: PartNeeds): readonly number[] {
	return [activationBytes, ...cutBytes];
}
