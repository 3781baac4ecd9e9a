/** Where an official tensor is: a tensor of a file, or some of its rows. */
export interface TensorPlace {
	/** In the file, without what stands before all names of the component. */
	readonly name: string;
	/**
	 * Where the file has several official tensors below one another (fused q, k and v, say): the first row of
	 * this one, which has as many as its shape says, and how many rows there are of all, if that is known.
	 */
	readonly rows?: { readonly first: number; readonly of?: number };
}

/** How the tensors of a component are named and cut in one kind of file. */
export interface CheckpointLayout {
	/** `diffusers` for the official one. */
	readonly name: string;
	/** A tensor that tells it from the component's other layouts, as far as there is a choice. */
	readonly sign: string;
	/**
	 * @param official name in the official (diffusers) checkpoint
	 * @param shape there
	 * @param names of all tensors in the files, without what stands before them
	 */
	locate(official: string, shape: readonly number[], names: ReadonlySet<string>): TensorPlace;
}

/** A model whose files have the same tensors, or nearly, and are not the component's. */
export interface SimilarModel {
	/** Its name, for people of any language. */
	readonly what: string;
	/** Of its files or folders, without folder and ending. */
	readonly name?: RegExp;
	/** A tensor that gives it away. */
	readonly tensor?: RegExp;
}

/** What is known of the files that hold a component's weights. */
export interface CheckpointFiles {
	/** For people of any language: the name of what the file should hold. */
	readonly what: string;
	/** The file to get. */
	readonly instead: string;
	/** Where it usually lies, or what it is called. */
	readonly place: RegExp;
	/** What its files or folders are called that say whose they are; without folder and ending. */
	readonly named?: RegExp;
	readonly similar?: readonly SimilarModel[];
	/** A tensor that this component has in every layout, and no other component of the model. */
	readonly anchor: string;
	readonly layouts: readonly CheckpointLayout[];
}
