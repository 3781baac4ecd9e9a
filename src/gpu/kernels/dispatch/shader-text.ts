import type { KernelTarget } from './kernel-dispatch.ts';

/** Of each target that something is planned for; they go with it. */
const texts = new WeakMap<KernelTarget, Map<string, string>>();

/** A shader's text: an image in bands asks for the same few shaders hundreds of times in one plan. */
export function shaderText<Key>(
	write: (key: Key) => string,
	key: Key,
	target: KernelTarget,
): string {
	const known = texts.get(target) ?? new Map<string, string>();
	texts.set(target, known);
	const name = `${write.name} ${JSON.stringify(key)}`;
	const text = known.get(name) ?? write(key);
	known.set(name, text);
	return text;
}
