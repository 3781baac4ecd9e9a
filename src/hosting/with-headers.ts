import type { HeaderValues } from './security-headers.ts';

/** The same answer with these headers; where the server sent one, its own stays. */
export function withHeaders(response: Response, added: HeaderValues): Response {
	const headers = new Headers(response.headers);
	for (const [name, value] of Object.entries(added)) {
		if (!headers.has(name)) headers.set(name, value);
	}
	const { status, statusText } = response;
	return new Response(response.body, { status, statusText, headers });
}
