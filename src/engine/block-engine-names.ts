/**
 * What can run the networks, the default first: `fused` is our own kernels, `matrix` the same on units for small
 * FP16 matrices where the browser exposes them, `ort` the reference.
 */
export const BLOCK_ENGINES = ['fused', 'matrix', 'ort'] as const;
export type BlockEngineName = (typeof BLOCK_ENGINES)[number];

export const DEFAULT_BLOCK_ENGINE: BlockEngineName = BLOCK_ENGINES[0];

/** Undefined for anything that names no engine. */
export function parseBlockEngine(text: string | null | undefined): BlockEngineName | undefined {
	return BLOCK_ENGINES.find((name) => name === text);
}

/** What a page's address asks for with `?engine=`. */
export function engineOfAddress(search: string): BlockEngineName | undefined {
	return parseBlockEngine(new URLSearchParams(search).get('engine'));
}
