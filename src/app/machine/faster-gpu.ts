import type { AdapterInfo } from '../../engine/engine.ts';

/** Intel's cards, as Chrome names their architectures; everything else of Intel is part of the processor. */
const INTEL_CARDS = ['xe-hpg', 'xe-2hpg', 'gen-12hp'];

/**
 * True where Chrome may draw on the slower of two GPUs: on Windows it takes the one that it shows pages with, whatever
 * a page asks for.
 */
export function mayHaveFasterGpu(
	{ vendor, architecture }: Pick<AdapterInfo, 'vendor' | 'architecture'>,
	userAgent: string,
): boolean {
	const isPartOfProcessor = vendor === 'intel' && !INTEL_CARDS.includes(architecture);
	return userAgent.includes('Windows') && isPartOfProcessor;
}
