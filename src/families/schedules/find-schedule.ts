import { beta, beta57 } from './beta.ts';
import { bongTangent } from './bong-tangent.ts';
import { ddimUniform } from './ddim-uniform.ts';
import {
	flowMatchBeta,
	flowMatchEulerDiscrete,
	flowMatchEulerTwice,
	flowMatchExponential,
	flowMatchKarras,
} from './diffusers.ts';
import { exponential } from './exponential.ts';
import { flux2 } from './flux-2.ts';
import { karras } from './karras.ts';
import { klOptimal } from './kl-optimal.ts';
import { linearQuadratic } from './linear-quadratic.ts';
import { normal, sgmUniform } from './normal.ts';
import type { Schedule } from './schedule.ts';
import { simple } from './simple.ts';

/** By ComfyUI's names, and ours for those of diffusers; in the order in which they are offered. */
const SCHEDULES: Readonly<Record<string, Schedule>> = {
	flow_match_euler_discrete: flowMatchEulerDiscrete,
	simple,
	beta,
	sgm_uniform: sgmUniform,
	normal,
	karras,
	exponential,
	kl_optimal: klOptimal,
	linear_quadratic: linearQuadratic,
	ddim_uniform: ddimUniform,
	beta57,
	bong_tangent: bongTangent,
	flux2,
	flow_match_euler_twice: flowMatchEulerTwice,
	flow_match_karras: flowMatchKarras,
	flow_match_exponential: flowMatchExponential,
	flow_match_beta: flowMatchBeta,
};

export const SCHEDULE_IDS: readonly string[] = Object.keys(SCHEDULES);

/** @throws RangeError for a schedule that this version does not know */
export function findSchedule(id: string): Schedule {
	const schedule = Object.hasOwn(SCHEDULES, id) ? SCHEDULES[id] : undefined;
	if (schedule === undefined) throw new RangeError(`There is no schedule ${id}`);
	return schedule;
}
