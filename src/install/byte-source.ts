import { DownloadError } from './errors.ts';

/** A file that can be read in ranges, wherever it is. */
export interface ByteSource {
	/** Shown in messages. */
	readonly name: string;
	readonly byteLength: number;
	read(byteOffset: number, byteLength: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file behind a URL, read by HTTP ranges. @throws DownloadError */
export async function openHttpSource(url: string): Promise<ByteSource> {
	const head = await request(url, 0, 1);
	const total = Number(/\/(\d+)$/.exec(head.headers.get('content-range') ?? '')?.[1]);
	if (head.status !== 206 || !Number.isSafeInteger(total)) {
		throw new DownloadError(url, 'the server does not serve ranges');
	}
	return {
		name: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url),
		byteLength: total,
		async read(byteOffset, byteLength) {
			if (byteLength === 0) return new Uint8Array(0);
			const response = await request(url, byteOffset, byteLength);
			const bytes = new Uint8Array(await response.arrayBuffer());
			if (response.status !== 206 || bytes.byteLength !== byteLength) {
				throw new DownloadError(url, `${bytes.byteLength} bytes instead of ${byteLength}`);
			}
			return bytes;
		},
	};
}

async function request(url: string, byteOffset: number, byteLength: number): Promise<Response> {
	const range = `bytes=${byteOffset}-${byteOffset + byteLength - 1}`;
	try {
		const response = await fetch(url, { headers: { Range: range } });
		if (!response.ok) throw new DownloadError(url, `the server answered ${response.status}`);
		return response;
	} catch (error) {
		if (error instanceof DownloadError) throw error;
		throw new DownloadError(url, error instanceof Error ? error.message : String(error));
	}
}
