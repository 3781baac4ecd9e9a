import { UnsupportedOptionsError } from '../../errors.ts';
import { DEIS } from './deis.ts';
import { DDPM } from './ddpm.ts';
import { DPM_2, DPM_2_ANCESTRAL } from './dpm-2.ts';
import { DPMPP_2M } from './dpmpp-2m.ts';
import { DPMPP_2S_ANCESTRAL } from './dpmpp-2s-ancestral.ts';
import { DPMPP_2M_SDE, DPMPP_2M_SDE_HEUN, DPMPP_3M_SDE } from './dpmpp-multistep-sde.ts';
import { DPMPP_SDE } from './dpmpp-sde.ts';
import { ER_SDE } from './er-sde.ts';
import { EULER_ANCESTRAL } from './euler-ancestral.ts';
import { DDIM, EULER } from './euler.ts';
import { GRADIENT_ESTIMATION } from './gradient-estimation.ts';
import { HEUN } from './heun.ts';
import { HEUNPP2 } from './heunpp2.ts';
import { IPNDM, IPNDM_V } from './ipndm.ts';
import { LCM } from './lcm.ts';
import { LMS } from './lms.ts';
import { RES_MULTISTEP, RES_MULTISTEP_ANCESTRAL } from './res-multistep.ts';
import { SA_SOLVER, SA_SOLVER_PECE } from './sa-solver.ts';
import type { Sampler } from './sampler.ts';
import { EXP_HEUN_2_X0, EXP_HEUN_2_X0_SDE, SEEDS_2 } from './seeds-2.ts';
import { SEEDS_3 } from './seeds-3.ts';
import { UNI_PC, UNI_PC_BH2 } from './uni-pc.ts';

const SAMPLERS: readonly Sampler[] = [
	...[EULER, RES_MULTISTEP, EULER_ANCESTRAL, DPMPP_2M, HEUN, DPM_2, LMS, UNI_PC, UNI_PC_BH2],
	...[DEIS, IPNDM, IPNDM_V, GRADIENT_ESTIMATION, HEUNPP2, EXP_HEUN_2_X0, DDIM],
	...[DPMPP_2M_SDE, DPMPP_2M_SDE_HEUN, DPMPP_3M_SDE, DPMPP_SDE, DPMPP_2S_ANCESTRAL],
	...[DPM_2_ANCESTRAL, RES_MULTISTEP_ANCESTRAL, ER_SDE, LCM, DDPM, SA_SOLVER, SA_SOLVER_PECE],
	...[SEEDS_2, SEEDS_3, EXP_HEUN_2_X0_SDE],
];

/** @throws UnsupportedOptionsError for a sampler that this version does not know */
export function findSampler(id: string): Sampler {
	const sampler = SAMPLERS.find((candidate) => candidate.id === id);
	if (sampler === undefined) throw new UnsupportedOptionsError(['sampler']);
	return sampler;
}
