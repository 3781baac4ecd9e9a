import type { BlockEngine } from '../gpu/block-engine.ts';
import { FusedBlockEngine, type FusedEngineOptions } from '../gpu/fused/fused-block-engine.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import { OrtBlockEngine } from '../gpu/ort-block-engine.ts';
import type { BlockEngineName } from './block-engine-names.ts';

export type { BlockEngineName };

/** `ort` is the reference, `fused` our own kernels with `ort` for what they do not cover. */
export async function openBlockEngine(
	name: BlockEngineName,
	context: GpuContext,
	options: FusedEngineOptions = {},
): Promise<BlockEngine> {
	switch (name) {
		case 'ort':
			return new OrtBlockEngine(context);
		case 'fused':
			return FusedBlockEngine.open(context, options);
	}
}
