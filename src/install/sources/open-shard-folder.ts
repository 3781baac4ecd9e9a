import type { ModelManifest } from '../../store/model-manifest.ts';
import { DownloadError } from '../errors.ts';
import { fetchSmallFile } from './http/fetch-small-file.ts';
import type { RetryOptions } from './http/retries.ts';
import { parseManifest } from './parse-manifest.ts';

/**
 * The manifest of a folder of converted shards.
 *
 * @param url of the folder, with a slash at its end
 * @throws DownloadError
 */
export async function openShardFolder(
	url: string,
	http: RetryOptions = {},
): Promise<ModelManifest> {
	const manifestUrl = new URL('manifest.json', url).href;
	const bytes = await fetchSmallFile(manifestUrl, 'manifest.json', http);
	try {
		return parseManifest(JSON.parse(new TextDecoder().decode(bytes)));
	} catch (error) {
		throw new DownloadError(manifestUrl, `it is not a model manifest: ${String(error)}`);
	}
}
