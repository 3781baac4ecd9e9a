import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		config: ConfigFault;
	}
}

/** What a field of a config should be. */
export type FieldKind =
	| 'positive-integer'
	| 'number'
	| 'positive-number'
	| 'true-or-false'
	| 'positive-integers'
	| 'object';

/** What is wrong with a model's configuration. */
export type ConfigFault =
	| {
			readonly problem: 'field';
			readonly file: string;
			/** Undefined for the file as a whole. */
			readonly field?: string;
			readonly expected: FieldKind;
			/** As far as a number may go. */
			readonly most?: number;
			/** As JSON. */
			readonly given?: string;
	  }
	/** Of a file that comes with a model: `detail` says in English what of it has no place in the model. */
	| { readonly problem: 'foreign-part'; readonly file: string; readonly detail: string }
	/** The architecture allows no such values; `detail` says in English which. */
	| { readonly problem: 'misfit'; readonly file: string; readonly detail: string }
	| { readonly problem: 'unknown-family'; readonly family: string };

/** A checkpoint's config.json lacks a field or holds a value that the architecture does not allow. */
export class ConfigError extends AppError<'config'> {
	constructor(fault: ConfigFault) {
		super('config', fault, { engineUsable: true });
	}
}
