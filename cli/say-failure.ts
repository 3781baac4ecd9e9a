import { Formats } from '../src/app/format.ts';
import { english } from '../src/app/i18n/english.ts';
import { englishErrors } from '../src/app/i18n/english-errors.ts';
import { isAppError } from '../src/errors/app-error.ts';
import { sayError } from '../src/errors/error-sentences.ts';

const FORMATS = new Formats('en');
const SENTENCES = englishErrors(FORMATS, {
	generate: 'run the command again',
	repair: 'install the model again',
	install: 'run the command again',
	budget: 'with --budget',
});

/** What a command line tool says of an error: as the page does, but for its buttons. */
export function sayFailure(error: unknown): string {
	if (isAppError(error)) return sayError(SENTENCES, error);
	return error instanceof Error ? error.message : String(error);
}

/** What is said of a file's settings that are not taken as they are. */
export const sayWarning = english(FORMATS).restore.warning;
