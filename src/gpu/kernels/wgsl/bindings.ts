import type { BoundRange } from '../dispatch/kernel-dispatch.ts';

/** A storage buffer of a kernel. */
export interface Binding {
	readonly name: string;
	readonly access: 'read' | 'read_write';
	/** WGSL of an element's type. */
	readonly element: string;
	/** Its extents, and what they are. */
	readonly comment: string;
}

export function read(name: string, element: string, comment: string): Binding {
	return { name, access: 'read', element, comment };
}

export function readWrite(name: string, element: string, comment: string): Binding {
	return { name, access: 'read_write', element, comment };
}

/** A kernel's storage buffers in their order: at bindings 1, 2, … after the job. */
export class Bindings {
	readonly #list: readonly Binding[];

	constructor(list: readonly (Binding | false)[]) {
		this.#list = list.filter((each) => each !== false);
	}

	/** Declares them. */
	get wgsl(): readonly string[] {
		return this.#list.map(
			({ name, access, element, comment }, index) =>
				`@group(0) @binding(${index + 1}) var<storage, ${access}> ${name}: array<${element}>; // ${comment}`,
		);
	}

	/** What is bound, in the order of the declarations. @throws TypeError for a buffer that has no range */
	ranges<Ref>(
		ranges: Readonly<Record<string, BoundRange<Ref> | undefined>>,
	): readonly BoundRange<Ref>[] {
		return this.#list.map(({ name }) => {
			const range = ranges[name];
			if (range === undefined) throw new TypeError(`Nothing is bound to ${name}`);
			return range;
		});
	}
}
