import type { KernelTarget } from './dispatch/kernel-dispatch.ts';
import { attentionChecks } from './attention/attention-checks.ts';
import type { CheckTensors } from './checks/check-tensors.ts';
import { groupNormCheck } from './image/group-norm-check.ts';
import { convChecks } from './image/conv-checks.ts';
import type { KernelCheck } from './checks/kernel-check.ts';
import { linearChecks } from './linear/linear-checks.ts';
import { matrixChecks } from './matrix/matrix-checks.ts';
import { normChecks } from './rows/norm-checks.ts';

/** Every kernel with arithmetic of its own, in every tile that this adapter could be given. */
export function kernelChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return [
		...linearChecks(tensors, target),
		...normChecks(tensors, target),
		groupNormCheck(tensors, target),
		...attentionChecks(tensors, target),
		...convChecks(tensors, target),
		...matrixChecks(tensors, target),
	];
}
