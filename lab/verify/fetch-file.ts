import { DownloadError } from '../../src/install/errors.ts';

/** A served file as if somebody had chosen it; a large one lies on the browser's disk. @throws DownloadError */
export async function fetchFile(url: string): Promise<File> {
	const response = await fetch(url);
	if (!response.ok) throw new DownloadError(url, `the server answered ${response.status}`);
	const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url);
	return new File([await response.blob()], name);
}
