import { isName, type ValueCodec } from './value-codec.ts';

/** ComfyUI's names, and AUTOMATIC1111's and Forge's for the same. Source: docs/spec/samplers.md, section 7. */
const SAMPLERS = {
	euler: 'Euler',
	res_multistep: 'Res Multistep',
	euler_ancestral: 'Euler a',
	dpmpp_2m: 'DPM++ 2M',
	dpmpp_2m_sde: 'DPM++ 2M SDE',
	dpmpp_2m_sde_heun: 'DPM++ 2M SDE Heun',
	dpmpp_3m_sde: 'DPM++ 3M SDE',
	dpmpp_sde: 'DPM++ SDE',
	dpmpp_2s_ancestral: 'DPM++ 2S a',
	dpm_2: 'DPM2',
	dpm_2_ancestral: 'DPM2 a',
	heun: 'Heun',
	heunpp2: 'HeunPP2',
	lms: 'LMS',
	ddim: 'DDIM',
	uni_pc: 'UniPC',
	uni_pc_bh2: 'UniPC BH2',
	deis: 'DEIS',
	ipndm: 'IPNDM',
	ipndm_v: 'IPNDM_V',
	gradient_estimation: 'Gradient Estimation',
	res_multistep_ancestral: 'Res Multistep Ancestral',
	er_sde: 'ER SDE',
	lcm: 'LCM',
	ddpm: 'DDPM',
	sa_solver: 'SA Solver',
	sa_solver_pece: 'SA Solver PECE',
	seeds_2: 'SEEDS 2',
	seeds_3: 'SEEDS 3',
	exp_heun_2_x0: 'Exp Heun 2 x0',
	exp_heun_2_x0_sde: 'Exp Heun 2 x0 SDE',
};

/** In the order in which they are offered: what is used most comes first. */
export const SAMPLER_IDS: readonly string[] = Object.keys(SAMPLERS);

const SCHEDULES = {
	flow_match_euler_discrete: 'FlowMatchEulerDiscrete',
	simple: 'Simple',
	normal: 'Normal',
	sgm_uniform: 'SGM Uniform',
	karras: 'Karras',
	exponential: 'Exponential',
	beta: 'Beta',
	ddim_uniform: 'DDIM',
	kl_optimal: 'KL Optimal',
	linear_quadratic: 'Linear Quadratic',
	bong_tangent: 'Bong Tangent',
	beta57: 'Beta57',
	flux2: 'Flux2',
	flow_match_euler_twice: 'FlowMatchEulerTwice',
	flow_match_karras: 'FlowMatchKarras',
	flow_match_exponential: 'FlowMatchExponential',
	flow_match_beta: 'FlowMatchBeta',
};

/** Whose random numbers a picture starts with, and a sampler adds. Source: docs/spec/samplers.md, section 6. */
const NOISE_SOURCES = {
	comfy_nv: 'ComfyUI NV',
	comfy_cpu: 'ComfyUI CPU',
	cpu: 'CPU',
	nv: 'NV',
};

export type NoiseSourceName = keyof typeof NOISE_SOURCES;

export function isNoiseSourceName(name: string): name is NoiseSourceName {
	return Object.hasOwn(NOISE_SOURCES, name);
}

export const noiseSourceName = namedIn(NOISE_SOURCES);
export const SCHEDULE_IDS: readonly string[] = Object.keys(SCHEDULES);

export const samplerName = namedIn(SAMPLERS);
export const scheduleName = namedIn(SCHEDULES);

/**
 * A sampler's name with its schedule behind it, as programs write it that have one name for both:
 * `DPM++ 2M Karras`, `euler_ancestral_karras`, `euler simple`.
 *
 * @param schedule where it is said apart
 */
export function splitSamplerName(
	sampler: unknown,
	schedule: unknown,
): { readonly sampler: unknown; readonly schedule: unknown } {
	const isSaid = typeof schedule === 'string' && !UNCHOSEN.has(fold(schedule));
	if (typeof sampler !== 'string' || !isName(sampler)) return { sampler, schedule };
	const isWhole = Object.entries(SAMPLERS)
		.flat()
		.some((name) => fold(name) === fold(sampler));
	if (isWhole) return { sampler, schedule };
	for (const [id, label] of Object.entries(SCHEDULES)) {
		for (const tail of [id, label]) {
			const head = sampler.slice(0, -tail.length);
			const isTail = sampler.toLowerCase().endsWith(tail.toLowerCase()) && /.[ _]$/.test(head);
			if (isTail) return { sampler: head.slice(0, -1), schedule: isSaid ? schedule : id };
		}
	}
	return { sampler, schedule };
}

/** What is written where nothing was chosen. */
const UNCHOSEN: ReadonlySet<string> = new Set(['', 'automatic', 'undefined']);

/** Any of the names is read; a name that is not known stays as it is. */
function namedIn(names: Readonly<Record<string, string>>): ValueCodec<string> & {
	/** By AUTOMATIC1111's name. */
	readonly say: (id: string) => string;
} {
	const ids = new Map(
		Object.entries(names).flatMap(([id, label]) => [
			[fold(id), id],
			// Later than the ids: a label may fold to another entry's id.
			[fold(label), id],
		]),
	);
	return {
		read(given) {
			if (!isName(given)) return given === '' ? {} : { problem: 'unreadable' };
			const folded = fold(given);
			return UNCHOSEN.has(folded) ? {} : { value: ids.get(folded) ?? given };
		},
		write: (id) => id,
		say: (id) => names[id] ?? id,
	};
}

/** Programs differ in spaces and marks only. */
function fold(name: string): string {
	return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
