import { attentionChecks } from './attention/attention-checks.ts';
import type { CheckTensors } from './checks/check-tensors.ts';
import type { KernelCheck } from './checks/kernel-check.ts';
import type { KernelTarget } from './dispatch/kernel-dispatch.ts';
import { convChecks } from './image/conv-checks.ts';
import { groupNormChecks } from './image/group-norm-checks.ts';
import { linearChecks } from './linear/linear-checks.ts';
import { matrixAttentionChecks } from './matrix/matrix-attention-checks.ts';
import { matrixLinearChecks } from './matrix/matrix-linear-checks.ts';
import { elementwiseChecks } from './rows/elementwise-checks.ts';
import { headNormRotaryChecks } from './rows/head-norm-rotary-checks.ts';
import { rowNormChecks } from './rows/row-norm-checks.ts';
import { transposeChecks } from './rows/transpose-checks.ts';

/** Every kernel with arithmetic of its own, in every tile that this adapter could be given. */
export function kernelChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return [
		...linearChecks(tensors, target),
		...rowNormChecks(tensors, target),
		...headNormRotaryChecks(tensors, target),
		...elementwiseChecks(tensors, target),
		...transposeChecks(tensors, target),
		...groupNormChecks(tensors, target),
		...attentionChecks(tensors, target),
		...convChecks(tensors, target),
		...matrixLinearChecks(tensors, target),
		...matrixAttentionChecks(tensors, target),
	];
}
