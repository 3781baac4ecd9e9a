/** What can be given another name; not in every version of the types. */
interface Movable {
	move(name: string): Promise<void>;
}

/** Waits before the tries after the first: 3 s in all. */
const PAUSES_MILLISECONDS = [100, 300, 600, 1000, 1000];

/**
 * Gives a file another name. On Windows a virus scanner holds what was just closed for moments, longer the larger it
 * is, and the browser then says that the file is in use.
 *
 * @param pause for tests
 */
export async function moveFile(
	file: Movable,
	name: string,
	pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
): Promise<void> {
	for (const milliseconds of PAUSES_MILLISECONDS) {
		try {
			return await file.move(name);
		} catch (error) {
			if (!isHeld(error)) throw error;
		}
		await pause(milliseconds);
	}
	return file.move(name);
}

function isHeld(error: unknown): boolean {
	const names = [
		'NoModificationAllowedError',
		'InvalidStateError',
		'NotAllowedError',
		'AbortError',
	];
	return error instanceof DOMException && names.includes(error.name);
}
