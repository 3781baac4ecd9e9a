/** Why a mirror is of no use. */
export type MirrorProblem =
	/** This computer has no network. */
	| { readonly type: 'offline' }
	/** Nothing answers at the address: the name is unknown, or no server listens there. */
	| { readonly type: 'no-server' }
	/** A server answers, but lets no page of another site read what it sends. */
	| { readonly type: 'closed' }
	| { readonly type: 'silent' }
	/** It can be read, but does not have the model's files; `status` is that of HTTP. */
	| { readonly type: 'no-files'; readonly status: number };

export interface MirrorProbe {
	readonly milliseconds: number;
	/** Absent where it can be installed from. */
	readonly problem?: MirrorProblem;
}

/** A mirror that does not answer by then is of no use. */
const PATIENCE_MILLISECONDS = 8_000;
/** A file that is asked for has some kilobytes. */
const LARGEST_BYTES = 2 ** 22;

/** Asks a mirror for one small JSON file. Never rejects. */
export async function probeMirror(url: string): Promise<MirrorProbe> {
	const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
	const started = performance.now();
	// Once more: the signed address that a mirror leads to may just have run out.
	const problem = (await ask(url, signal)) && (await ask(url, signal));
	const milliseconds = performance.now() - started;
	return problem === undefined ? { milliseconds } : { milliseconds, problem };
}

async function ask(url: string, signal: AbortSignal): Promise<MirrorProblem | undefined> {
	try {
		// As files are asked for later: some servers answer nothing else.
		const headers = { Range: 'bytes=0-' };
		const response = await fetch(url, { headers, signal, cache: 'no-store' });
		const { ok, status } = response;
		if (
			ok &&
			Number(response.headers.get('content-length')) <= LARGEST_BYTES &&
			(await isJson(response))
		) {
			return undefined;
		}
		await response.body?.cancel().catch(() => undefined);
		return { type: 'no-files', status };
	} catch {
		if (signal.aborted) return { type: 'silent' };
		return whyUnread(url, signal);
	}
}

/** A browser does not say why it shows a page nothing of an answer, but whether there is one. */
async function whyUnread(url: string, signal: AbortSignal): Promise<MirrorProblem> {
	const seen = new AbortController();
	try {
		const stop = AbortSignal.any([signal, seen.signal]);
		await fetch(url, { signal: stop, cache: 'no-store', mode: 'no-cors' });
		// What nobody may read would come to its end all the same.
		seen.abort();
		return { type: 'closed' };
	} catch {
		if (signal.aborted) return { type: 'silent' };
		return { type: navigator.onLine ? 'no-server' : 'offline' };
	}
}

/** Of a body that is read no further than a file of the kind goes. */
async function isJson({ body }: Response): Promise<boolean> {
	const decoder = new TextDecoder();
	let text = '';
	if (body === null) return false;
	for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
		text += decoder.decode(piece, { stream: true });
		if (text.length > LARGEST_BYTES) return false;
	}
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
