import { Formats } from '../src/app/format.ts';
import { englishErrors } from '../src/app/i18n/english-errors.ts';
import { isAppError } from '../src/errors/app-error.ts';
import { sayError } from '../src/errors/error-sentences.ts';

const SENTENCES = englishErrors(new Formats('en'), {
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
