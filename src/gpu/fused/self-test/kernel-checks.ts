import type { KernelTarget } from '../../kernels/kernel-dispatch.ts';
import { attentionChecks } from './attention-checks.ts';
import type { CheckTensors } from './check-tensors.ts';
import { convChecks } from './conv-checks.ts';
import type { KernelCheck } from './kernel-check.ts';
import { linearChecks } from './linear-checks.ts';
import { matrixChecks } from './matrix-checks.ts';
import { normChecks } from './norm-checks.ts';

/** Every kernel with arithmetic of its own, in every tile that this adapter could be given. */
export function kernelChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return [
		...linearChecks(tensors, target),
		...normChecks(tensors, target),
		...attentionChecks(tensors, target),
		...convChecks(tensors, target),
		...matrixChecks(tensors, target),
	];
}
