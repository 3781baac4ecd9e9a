/** The command line makes no sense: the tool says why and ends with exit code 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}
