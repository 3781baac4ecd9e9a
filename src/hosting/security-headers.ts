/** What a browser is told about a file besides its contents: a header's value by its name. */
export type HeaderValues = Readonly<Record<string, string>>;

type Policy = Readonly<Record<string, readonly string[]>>;

/** ONNX Runtime and the hashes are WebAssembly. */
const OWN_SCRIPTS = ["'self'", "'wasm-unsafe-eval'"];

/** What the page itself may do. As a `<meta>` it also holds where the host sends no headers. */
const PAGE: Policy = {
	'default-src': ["'none'"],
	'script-src': OWN_SCRIPTS,
	'worker-src': ["'self'"],
	'style-src': ["'self'"],
	'img-src': ["'self'", 'blob:', 'data:'],
	// Models come from any address that the user names, but only the install worker fetches those.
	'connect-src': ["'self'"],
	'manifest-src': ["'self'"],
	'base-uri': ["'none'"],
	'form-action': ["'none'"],
	// No text turns into markup or a script, whatever a stranger's file says.
	'require-trusted-types-for': ["'script'"],
	'trusted-types': ['svelte-trusted-html', 'default'],
};

const WORKER: Policy = {
	'default-src': ["'none'"],
	'script-src': OWN_SCRIPTS,
	'worker-src': ["'self'"],
	'connect-src': ["'self'"],
};

/** The hub, a mirror, or converted shards on any server: over https, or on the user's own network. */
const DOWNLOADING_WORKER: Policy = { ...WORKER, 'connect-src': ["'self'", 'https:', 'http:'] };

/** The page's policy without what browsers ignore in a `<meta>`. */
export const PAGE_POLICY = asText(PAGE);

const FOR_EVERYTHING: HeaderValues = {
	'X-Content-Type-Options': 'nosniff',
	'Cross-Origin-Resource-Policy': 'same-origin',
	'Referrer-Policy': 'no-referrer',
};

const FOR_PAGES: HeaderValues = {
	...FOR_EVERYTHING,
	'Content-Security-Policy': asText({ ...PAGE, 'frame-ancestors': ["'none'"] }),
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Permissions-Policy': ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']
		.map((feature) => `${feature}=()`)
		.join(', '),
};

const FOR_WORKERS: HeaderValues = {
	...FOR_EVERYTHING,
	'Content-Security-Policy': asText(WORKER),
};

const FOR_DOWNLOADING_WORKERS: HeaderValues = {
	...FOR_EVERYTHING,
	'Content-Security-Policy': asText(DOWNLOADING_WORKER),
};

/**
 * The headers for a file of the built app. A worker has the policy that its own script came with, not its page's; for
 * scripts that are no workers it means nothing.
 *
 * @param path below the app's address, such as `index.html`
 */
export function securityHeaders(path: string): HeaderValues {
	if (path.endsWith('.html')) return FOR_PAGES;
	if (/^assets\/install\.worker-[^/]*\.js$/.test(path)) return FOR_DOWNLOADING_WORKERS;
	return /\.m?js$/.test(path) ? FOR_WORKERS : FOR_EVERYTHING;
}

function asText(policy: Policy): string {
	return Object.entries(policy)
		.map(([directive, sources]) => [directive, ...sources].join(' '))
		.join('; ');
}
