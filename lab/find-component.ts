import type { Model } from '../src/families/model.ts';
import type { Component } from '../src/families/parts/block.ts';

/** @throws RangeError if the model has no such component */
export function findComponent({ components }: Pick<Model, 'components'>, id: string): Component {
	const found = components.find((component) => component.id === id);
	if (found === undefined) throw new RangeError(`The model has no component ${id}`);
	return found;
}
