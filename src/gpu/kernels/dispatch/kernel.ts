import type { KernelDispatch, KernelTarget } from './kernel-dispatch.ts';
import type { KernelName } from './kernel-name.ts';
import type { TileTable } from './tile-table.ts';

/** One kind of computation on the GPU. Pure: it says what to run, and touches no device. */
export interface Kernel<Variant> {
	readonly name: KernelName;
	/** The ways to cut its work, where there is more than one. */
	readonly tiles?: Pick<TileTable<unknown, unknown>, 'name' | 'fits' | 'choose' | 'inUse'>;
	/** WGSL of a variant. */
	shader(variant: Variant): string;
	/** The work on such tensors, cut for the target. @throws RangeError where it does not fit the device */
	dispatches(args: never, target: KernelTarget): readonly KernelDispatch<unknown>[];
}

/** Of each target that something is planned for; they go with it. */
const texts = new WeakMap<KernelTarget, Map<string, string>>();

/** A variant's text: an image in bands asks for the same few hundreds of times in one plan. */
export function shaderText<Variant>(
	{ name, shader }: Pick<Kernel<Variant>, 'name' | 'shader'>,
	variant: Variant,
	target: KernelTarget,
): string {
	const known = texts.get(target) ?? new Map<string, string>();
	texts.set(target, known);
	const key = `${name} ${JSON.stringify(variant)}`;
	const text = known.get(key) ?? shader(variant);
	known.set(key, text);
	return text;
}
