import { UnsupportedOptionsError } from '../errors.ts';
import { EULER } from './euler.ts';
import type { Sampler } from './sampler.ts';

const SAMPLERS: readonly Sampler[] = [EULER];

/** @throws UnsupportedOptionsError for a sampler that this version does not know */
export function findSampler(id: string): Sampler {
	const sampler = SAMPLERS.find((candidate) => candidate.id === id);
	if (sampler === undefined) throw new UnsupportedOptionsError(['sampler']);
	return sampler;
}
