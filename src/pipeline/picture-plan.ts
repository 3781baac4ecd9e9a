import type { Turn } from '../families/parts/turn.ts';
import {
	leastResidencyBytes,
	type PlannedBlock,
	planResidency,
	type ResidencyPlan,
} from '../streaming/residency-plan.ts';
import type { Fallback } from './picture-events.ts';
import type { ForeseenRun } from './runner/model-graphs.ts';

/** Memory that a turn needs, independent of the budget. */
export interface TurnNeeds extends Pick<Turn<unknown>, 'name' | 'stage' | 'rounds'> {
	/** Peak of activations and scratch buffers. */
	readonly activationBytes: number;
	/** Smaller peaks that it can be cut to, for more work, the least work first. */
	readonly cutBytes?: readonly number[];
	/** Its blocks in order of use, repeats included. */
	readonly order: readonly PlannedBlock[];
	/** Every kind of run that it consists of, once. */
	readonly runs: readonly ForeseenRun[];
}

export interface PictureNeeds {
	/** In the order in which they are taken; each gives its memory back before the next takes any. */
	readonly turns: readonly TurnNeeds[];
	/** False if an engine decides by itself what it allocates: the plan is then a wish, not a promise. */
	readonly isExact: boolean;
	/** At most one for each component. */
	readonly fallbacks: readonly Fallback[];
}

export interface TurnPlan extends Omit<TurnNeeds, 'cutBytes' | 'runs'> {
	/** True if the turn keeps to `activationBytes` only when it is told them. */
	readonly isCut: boolean;
	/** Allowed for weights and staging. */
	readonly weightBytes: number;
	readonly residency: ResidencyPlan;
}

export interface PicturePlan extends Omit<PictureNeeds, 'turns'> {
	readonly budgetBytes: number;
	readonly turns: readonly TurnPlan[];
	/** At most this much is held at any time. */
	readonly peakBytes: number;
	/** The smallest budget that this picture can be drawn in. */
	readonly leastBytes: number;
}

/** For what is too small to plan: uniforms, flags, latents that are read back. */
const RESERVE_BYTES = 16 * 2 ** 20;

/** Divides a budget. Pure: the same needs and budget give the same plan. */
export function planPicture(
	{ turns: needs, isExact, fallbacks }: PictureNeeds,
	budgetBytes: number,
): PicturePlan {
	const turns = needs.map((turn) => planTurn(turn, budgetBytes));
	const used = turns.map(({ activationBytes, residency }) => activationBytes + residency.bytes);
	const least = needs.map((turn) => (peaksOf(turn).at(-1) ?? 0) + leastResidencyBytes(turn.order));
	return {
		...{ budgetBytes, turns, isExact, fallbacks },
		peakBytes: Math.max(...used) + RESERVE_BYTES,
		leastBytes: Math.max(...least) + RESERVE_BYTES,
	};
}

/** The least work whose activations leave room for two blocks. */
function planTurn(turn: TurnNeeds, budgetBytes: number): TurnPlan {
	const { name, stage, rounds, order } = turn;
	const bytes = budgetBytes - RESERVE_BYTES;
	const most = bytes - leastResidencyBytes(order);
	const peaks = peaksOf(turn);
	const activationBytes = peaks.find((peak) => peak <= most) ?? peaks.at(-1) ?? 0;
	const weightBytes = Math.max(0, bytes - activationBytes);
	return {
		...{ name, stage, order },
		...(rounds === undefined ? {} : { rounds }),
		activationBytes,
		isCut: turn.cutBytes !== undefined,
		weightBytes,
		residency: planResidency({ order, bytes: weightBytes }),
	};
}

function peaksOf({ activationBytes, cutBytes = [] }: TurnNeeds): readonly number[] {
	return [activationBytes, ...cutBytes];
}
