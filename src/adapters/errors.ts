import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		adapter: AdapterFault;
	}
}

/** What is wrong with the file of an adapter. */
export type AdapterFault =
	/** `made` is the name of a model, the same in all languages, or what the file calls it. */
	| { readonly problem: 'other-model'; readonly made: string }
	/** Names fit, shapes do not: a model of the same architecture with another width. */
	| { readonly problem: 'other-width'; readonly width: number }
	| { readonly problem: 'unknown-model' }
	/** The file says that it was made for this model, and none of its modules is known. */
	| { readonly problem: 'unknown-modules'; readonly key: string }
	| { readonly problem: 'controlnet' }
	| { readonly problem: 'whole'; readonly what: 'model' | 'text-encoder' | 'autoencoder' }
	| { readonly problem: 'quantised'; readonly tensor: string; readonly dtype: string }
	| { readonly problem: 'not-a-number'; readonly tensor: string }
	| {
			readonly problem: 'too-large';
			readonly what: 'file' | 'differences';
			readonly bytes: number;
			readonly limitBytes: number;
	  };

/** A file cannot be used as an adapter. */
export class AdapterError extends AppError<'adapter'> {
	constructor(fault: AdapterFault) {
		super('adapter', fault, { engineUsable: true });
	}
}
