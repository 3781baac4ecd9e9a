import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		config: { readonly detail: string };
	}
}

/** A checkpoint's config.json lacks a field or holds a value that the architecture does not allow. */
export class ConfigError extends AppError<'config'> {
	/** @param detail names the file and the field */
	constructor(detail: string) {
		super('config', { detail }, { engineUsable: true });
	}
}
