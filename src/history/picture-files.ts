/** Larger files are no pictures of this kind, and each is held in memory while it is read. */
export const MAX_PICTURE_BYTES = 256e6;

const PICTURE = /\.(png|jpe?g|webp)$/i;

/** The pictures among files, and those in zips among them, each unpacked when its turn comes. */
export async function* pictureFiles(files: Iterable<File>): AsyncGenerator<File> {
	for (const file of files) {
		if (/\.zip$/i.test(file.name)) yield* zipPictures(file);
		else if (PICTURE.test(file.name)) yield file;
	}
}

async function* zipPictures(zip: Blob): AsyncGenerator<File> {
	// Few visits import: the page starts without it.
	const { unzip } = await import('unzipit');
	const { entries } = await unzip(zip);
	for (const [name, entry] of Object.entries(entries)) {
		if (entry.isDirectory || !PICTURE.test(name) || entry.size > MAX_PICTURE_BYTES) continue;
		const lastModified = entry.lastModDate.getTime();
		yield new File([await entry.blob()], name, { lastModified });
	}
}
