// The service worker: keeps the app, but no models, so that the page opens without a network.
import { setCacheNameDetails } from 'workbox-core';
import {
	addPlugins,
	cleanupOutdatedCaches,
	createHandlerBoundToURL,
	type PrecacheEntry,
	precacheAndRoute,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { securityHeaders } from '../src/hosting/security-headers.ts';
import { SHARE_PATH, SHARED_CACHE, SHARED_QUERY } from '../src/hosting/shared-files.ts';
import { withHeaders } from '../src/hosting/with-headers.ts';

/** What a service worker has and the types of a page do not know. */
interface ServiceWorkerScope {
	/** Written here by the build, with a hash for every file. */
	readonly __WB_MANIFEST: PrecacheEntry[];
	readonly registration: ServiceWorkerRegistration;
	skipWaiting(): Promise<void>;
}
declare const self: ServiceWorkerScope;

// Versions without hashes kept what they were given, in a cache named otherwise; it is dropped, not trusted.
setCacheNameDetails({ precache: 'checked-precache' });
cleanupOutdatedCaches();

const home = new URL(self.registration.scope);

addPlugins([
	{
		// A wrong answer may also lie in the browser's own cache: ask the server whether that is still right.
		requestWillFetch: async ({ request }) =>
			request.cache === 'default' ? new Request(request, { cache: 'no-cache' }) : request,
		// Most static hosts send no headers of ours. Kept with the answer, because Chrome keeps a script's compiled code
		// only for answers that come out of the cache as they are.
		fetchDidSucceed: async ({ request, response }) =>
			response.ok ? withHeaders(response, securityHeaders(pathBelowHome(request.url))) : response,
	},
]);
precacheAndRoute(self.__WB_MANIFEST);
registerRoute(
	new NavigationRoute(createHandlerBoundToURL('index.html'), {
		denylist: [/harness\.html$/, /\/models\//, /\.txt$/],
	}),
);

/** What another app shares waits in a cache for the page that opens. */
async function keepShared(request: Request): Promise<Response> {
	const files = (await request.formData()).getAll('files').filter((part) => part instanceof File);
	const cache = await caches.open(SHARED_CACHE);
	await Promise.all(
		files.map((file, at) =>
			cache.put(new URL(`${at}/${encodeURIComponent(file.name)}`, home), new Response(file)),
		),
	);
	return Response.redirect(new URL(`./?${SHARED_QUERY}`, home).href, 303);
}

registerRoute(
	({ url }) => url.pathname === home.pathname + SHARE_PATH,
	({ request }) => keepShared(request),
	'POST',
);

// The page asks for it once the user has agreed to reload.
addEventListener('message', ({ data }: MessageEvent<{ readonly type?: string } | null>) => {
	if (data?.type === 'SKIP_WAITING') void self.skipWaiting();
});

function pathBelowHome(address: string): string {
	return new URL(address).pathname.slice(home.pathname.length);
}
