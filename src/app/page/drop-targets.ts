/** What a dropped file is for. */
export type DropTarget = 'settings' | 'history' | 'models';

/**
 * What files may be dropped for. While they hang over the page nobody but the browser knows their names.
 *
 * @param types media types, empty for what the browser does not know, such as model files
 */
export function dropTargets(types: readonly string[]): readonly DropTarget[] {
	const isPicture = (type: string): boolean => /^image\/(png|jpeg|webp)$/.test(type);
	const isZip = (type: string): boolean => /zip(-compressed)?$/.test(type);
	if (types.length > 0 && types.every(isZip)) return ['history'];
	if (types.length > 0 && types.every((type) => isPicture(type) || isZip(type))) {
		return types.length === 1 ? ['settings', 'history'] : ['history', 'settings'];
	}
	return types.some((type) => type !== '') ? ['settings'] : ['settings', 'models'];
}

/** What files are for that were dropped beside every zone, or pasted. */
export function targetOf(names: readonly string[]): DropTarget {
	if (names.some((name) => /\.(safetensors|sft|gguf|ckpt)$/i.test(name))) return 'models';
	const areMany = names.length > 1;
	return areMany || names.every((name) => /\.zip$/i.test(name)) ? 'history' : 'settings';
}
