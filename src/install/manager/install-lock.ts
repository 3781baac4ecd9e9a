import { InstallBusyError } from '../errors.ts';

const LOCK = 'shardlight-install';

/**
 * Runs work that no other tab may do at the same time. The lock is given back when the tab closes or
 * crashes, whatever it was doing.
 *
 * @throws InstallBusyError if another tab has it and `wait` is not set
 */
export async function withInstallLock<Result>(
	modelId: string,
	wait: boolean,
	signal: AbortSignal,
	work: () => Promise<Result>,
): Promise<Result> {
	// A signal and `ifAvailable` exclude each other.
	const options: LockOptions = wait ? { signal } : { ifAvailable: true };
	return navigator.locks.request(LOCK, options, async (lock) => {
		if (lock === null) throw new InstallBusyError('another tab');
		return navigator.locks.request(`${LOCK}:${modelId}`, work);
	});
}

/** The models that any tab is installing now. */
export async function modelsBeingInstalled(): Promise<ReadonlySet<string>> {
	const { held = [] } = await navigator.locks.query();
	const prefix = `${LOCK}:`;
	return new Set(
		held
			.map(({ name = '' }) => name)
			.filter((name) => name.startsWith(prefix))
			.map((name) => name.slice(prefix.length)),
	);
}
