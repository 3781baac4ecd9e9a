const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL_DIRECTORY = 0x06054b50;

/** The files of a zip without compression, read through its central directory as unzip does. */
export function zipEntries(zip: ArrayBuffer): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
	const view = new DataView(zip);
	const end = zip.byteLength - 22;
	if (view.getUint32(end, true) !== END_OF_CENTRAL_DIRECTORY) throw new Error('no zip');
	const files = new Map<string, Uint8Array<ArrayBuffer>>();
	let at = view.getUint32(end + 16, true);
	for (let left = view.getUint16(end + 10, true); left > 0; left--) {
		if (view.getUint32(at, true) !== CENTRAL_HEADER) throw new Error('no central header');
		const size = view.getUint32(at + 24, true);
		const [nameBytes = 0, extraBytes = 0, commentBytes = 0] = [28, 30, 32].map((field) =>
			view.getUint16(at + field, true),
		);
		const name = new TextDecoder().decode(new Uint8Array(zip, at + 46, nameBytes));
		const local = view.getUint32(at + 42, true);
		const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
		files.set(name, new Uint8Array(zip.slice(data, data + size)));
		at += 46 + nameBytes + extraBytes + commentBytes;
	}
	return files;
}
