import { InflateError } from './errors.ts';

/** `deflate-raw` is deflate alone; `deflate` has zlib's header and checksum, as PNG wants. */
export type DeflateFormat = 'deflate' | 'deflate-raw';

/**
 * Deflate makes at most 1032 bytes of one, and a browser inflates all it is given before anybody can
 * stop it: slices this small keep what a bomb gets at a few megabytes.
 */
const SLICE_BYTES = 4096;

export async function deflate(
	bytes: Uint8Array<ArrayBuffer>,
	format: DeflateFormat,
): Promise<Uint8Array<ArrayBuffer>> {
	const deflated = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
	return new Uint8Array(await new Response(deflated).arrayBuffer());
}

/**
 * @param maxBytes most that may come out
 * @throws InflateError
 */
export async function inflate(
	bytes: Uint8Array<ArrayBuffer>,
	format: DeflateFormat,
	maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
	const chunks: Uint8Array<ArrayBuffer>[] = [];
	let length = 0;
	try {
		for await (const chunk of slices(bytes).pipeThrough(new DecompressionStream(format))) {
			length += chunk.byteLength;
			if (length > maxBytes) throw new InflateError(`more than ${maxBytes} bytes`);
			chunks.push(chunk);
		}
	} catch (error) {
		if (error instanceof InflateError) throw error;
		throw new InflateError('damaged');
	}
	return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function slices(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
	let position = 0;
	return new ReadableStream(
		{
			pull(controller) {
				if (position >= bytes.byteLength) return controller.close();
				controller.enqueue(bytes.slice(position, position + SLICE_BYTES));
				position += SLICE_BYTES;
			},
		},
		{ highWaterMark: 0 },
	);
}
