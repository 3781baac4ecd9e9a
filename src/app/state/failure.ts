/** What a button beside the message can do about it. */
export type Remedy = 'repair' | 'install';

export interface Failure {
	readonly message: string;
	readonly remedy?: Remedy;
}

// By name: the app sees the engine, not the rooms behind it where these classes live.
const REMEDIES: ReadonlyMap<string, Remedy> = new Map([
	['ShardMissingError', 'repair'],
	['ShardCorruptError', 'repair'],
	['NonFiniteError', 'repair'],
	['ModelNotInstalledError', 'install'],
]);

export function describeFailure(error: unknown): Failure {
	if (!(error instanceof Error)) return { message: String(error) };
	return { message: error.message, remedy: REMEDIES.get(error.name) };
}

export function isWebGpuMissing(error: unknown): boolean {
	return error instanceof Error && error.name === 'WebGpuUnavailableError';
}
