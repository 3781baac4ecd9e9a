import type { Component } from '../families/parts/block.ts';
import { targetTable, type TargetTable } from './target-table.ts';

/** Names what an adapter fits: models with the same tensors have the same. */
export type ArchitectureKey = string & { readonly __brand: 'ArchitectureKey' };

/** What adapters of a model may change. */
export interface AdapterArchitecture {
	readonly key: ArchitectureKey;
	readonly table: TargetTable;
}

/** @param family identifier */
export function adapterArchitecture(family: string, component: Component): AdapterArchitecture {
	return { key: architectureKey(family, component), table: targetTable(component) };
}

/** Models with as many tensors and as many values in them, of one family, have the same ones. */
export function architectureKey(family: string, component: Component): ArchitectureKey {
	const shapes = component.blocks.flatMap(({ tensors }) =>
		tensors.map(({ sourceShape }) => sourceShape),
	);
	const values = shapes.reduce(
		(sum, shape) => sum + shape.reduce((product, extent) => product * extent, 1),
		0,
	);
	return `${family}:${component.id}:${shapes.length}:${values}` as ArchitectureKey;
}
