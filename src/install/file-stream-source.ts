import { SourceChangedError } from './errors.ts';
import type { StreamSource } from './stream-source.ts';

/**
 * A file the user chose, read in place.
 *
 * @param name path among the chosen files
 */
export function fileStreamSource(name: string, file: File): StreamSource {
	return {
		name,
		byteLength: file.size,
		identity: `${file.size} ${file.name} ${file.lastModified}`,
		async *open(byteOffset, signal) {
			const reader = file.slice(byteOffset).stream().getReader();
			try {
				for (;;) {
					signal?.throwIfAborted();
					const { value, done } = await reader.read();
					if (done) return;
					yield value;
				}
			} catch (error) {
				signal?.throwIfAborted();
				// Browsers refuse to go on with a file that was changed, moved or unplugged.
				if (error instanceof DOMException) throw new SourceChangedError(name, error.message);
				throw error;
			} finally {
				await reader.cancel().catch(() => undefined);
			}
		},
	};
}
