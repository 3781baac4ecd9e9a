import type { Adapter } from './adapter.ts';
import type { AdapterHeader } from './adapter-header.ts';
import type { Factor } from './factor.ts';
import { decidingFactors } from './module-factors.ts';

/**
 * What people should know of an adapter that can be used:
 *
 * - `changes-nothing`: all its products are zero
 * - `scale-unknown`: its alpha was in a file beside it, so that its strength may need adjusting
 * - `base-model`: trained on Z-Image (Base), so that it may work weakly
 * - `training`: made to be there while others are trained; pictures in few steps come out blurred
 */
export type AdapterNote = 'changes-nothing' | 'scale-unknown' | 'base-model' | 'training';

const PEFT_LIBRARY = 'base_model.model.';

/** @param isZero of a factor, whether all its values are Source: docs/spec/adapters.md 2.1, 3 and 5.5 */
export function adapterNotes(
	{ tensors, metadata }: AdapterHeader,
	{ modules }: Adapter,
	name: string,
	isZero: (factor: Factor) => boolean,
): readonly AdapterNote[] {
	const keys = [...tensors.keys()];
	const isOfLibrary = keys.some((key) => key.startsWith(PEFT_LIBRARY));
	const hasAlpha =
		metadata.has('lora_adapter_metadata') || keys.some((key) => key.endsWith('.alpha'));
	const told = ['ss_base_model_version', 'modelspec.architecture', 'ss_sd_model_name'];
	const isBase = told.some((key) => /z[-_ ]?image[-_ ]base/i.test(metadata.get(key) ?? ''));
	const notes: readonly (readonly [AdapterNote, boolean])[] = [
		['changes-nothing', modules.every((module) => decidingFactors(module).some(isZero))],
		['scale-unknown', isOfLibrary && !hasAlpha],
		['base-model', isBase],
		['training', name.includes('training_adapter')],
	];
	return notes.filter(([, applies]) => applies).map(([note]) => note);
}
