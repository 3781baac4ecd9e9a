/** Intel's cards, as Chromium names their architectures. */
const INTEL_CARDS = ['xe-hpg', 'xe-2hpg', 'gen-12hp'];
const VENDORS = ['apple', 'arm', 'img-tec', 'qualcomm'];

/** True for a GPU that has the processor's memory for its own, as far as an adapter tells: AMD's do not. */
export function sharesMemory({
	vendor,
	architecture,
}: Pick<GPUAdapterInfo, 'vendor' | 'architecture'>): boolean {
	return VENDORS.includes(vendor) || (vendor === 'intel' && !INTEL_CARDS.includes(architecture));
}
