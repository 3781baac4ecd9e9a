import { SHARED_CACHE, SHARED_QUERY } from '../../hosting/shared-files.ts';

interface LaunchParams {
	readonly files: readonly FileSystemFileHandle[];
}

interface LaunchQueue {
	setConsumer(consumer: (params: LaunchParams) => void): void;
}

/** Files that the system opens with the installed app, and those that other apps share with it. */
export function takeHandedFiles(take: (files: readonly File[]) => void): void {
	const { launchQueue } = window as Window & { readonly launchQueue?: LaunchQueue };
	launchQueue?.setConsumer(({ files }) => {
		void Promise.all(files.map((handle) => handle.getFile())).then(take, () => undefined);
	});
	if (new URLSearchParams(location.search).has(SHARED_QUERY)) void takeShared(take);
}

async function takeShared(take: (files: readonly File[]) => void): Promise<void> {
	history.replaceState(history.state, '', location.pathname + location.hash);
	const cache = await caches.open(SHARED_CACHE);
	const files = await Promise.all(
		(await cache.keys()).map(async (request) => {
			const response = await cache.match(request);
			await cache.delete(request);
			const name = decodeURIComponent(new URL(request.url).pathname.split('/').at(-1) ?? '');
			return new File([(await response?.blob()) ?? ''], name);
		}),
	);
	take(files);
}
