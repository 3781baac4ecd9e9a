import type { BlockEngine } from '../gpu/block-engine.ts';
import { findMatrixUnits } from '../gpu/fused/probe/find-matrix-units.ts';
import { FusedBlockEngine, type FusedEngineOptions } from '../gpu/fused/fused-block-engine.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import { MATRIX_FEATURES } from '../gpu/kernels/matrix/matrix-units.ts';
import { OrtBlockEngine } from '../gpu/ort/ort-block-engine.ts';
import type { WantedFeature } from '../gpu/request-device.ts';
import type { BlockEngineName } from './block-engine-names.ts';

/** Features that a device must be asked for, where the adapter has them. */
export function featuresFor(name: BlockEngineName): readonly WantedFeature[] {
	return name === 'matrix' ? [MATRIX_FEATURES] : [];
}

/** `ort` is the reference, `fused` and `matrix` our own kernels with `ort` for what they do not cover. */
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
		case 'matrix':
			return FusedBlockEngine.open(context, { ...options, findMatrices: findMatrixUnits });
	}
}
