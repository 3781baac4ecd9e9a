import type {
	InstallOptions,
	InstallSource,
	MirrorProbe,
	StoreBackend,
} from '../../engine/install-client.ts';

export type SourceType = InstallSource['type'];

export type ProbeState =
	| { readonly status: 'idle' }
	| { readonly status: 'asking' }
	| { readonly status: 'answered'; readonly probe: MirrorProbe };

/** Asks a mirror whether it answers. */
export type ProbeMirror = (baseUrl: string) => Promise<MirrorProbe>;

/** Where a model is to come from, and where it is to lie: what the user says before an install. */
export class InstallForm {
	readonly #probeMirror: ProbeMirror;

	type: SourceType = $state('hub');
	/** Which of the published downloads. */
	layout: string = $state('');
	mirrorText = $state('');
	shardsText = $state('');
	/** `fastest`: whichever is read faster when the install begins. */
	backend: StoreBackend | 'fastest' = $state('fastest');
	probe: ProbeState = $state.raw({ status: 'idle' });

	/** @param layout the download to begin with */
	constructor(mirrorUrl: string, layout: string, probeMirror: ProbeMirror) {
		this.mirrorText = mirrorUrl;
		this.layout = layout;
		this.#probeMirror = probeMirror;
	}

	/** Without a slash at its end; undefined while the text is no address. */
	get mirrorUrl(): string | undefined {
		return webAddress(this.mirrorText)?.replace(/\/+$/, '');
	}

	/** Of the folder, with a slash at its end; undefined while the text is no address. */
	get shardsUrl(): string | undefined {
		const address = webAddress(this.shardsText)?.replace(/\/*(manifest\.json)?$/, '');
		return address === undefined ? undefined : `${address}/`;
	}

	/** Undefined while something is missing; files are chosen in a way of their own. */
	get source(): Exclude<InstallSource, { type: 'files' }> | undefined {
		const { type, layout, mirrorUrl, shardsUrl } = this;
		if (type === 'hub') return { type, layout };
		if (type === 'mirror' && mirrorUrl !== undefined) return { type, layout, baseUrl: mirrorUrl };
		if (type === 'shards' && shardsUrl !== undefined) return { type, url: shardsUrl };
		return undefined;
	}

	get options(): InstallOptions {
		return this.backend === 'fastest' ? {} : { backend: this.backend };
	}

	/** Finds out whether the mirror answers. An answer for another address than the last is dropped. */
	async askMirror(): Promise<void> {
		const { mirrorUrl } = this;
		if (mirrorUrl === undefined) {
			this.probe = { status: 'idle' };
			return;
		}
		const asking: ProbeState = { status: 'asking' };
		this.probe = asking;
		const probe = await this.#probeMirror(mirrorUrl);
		if (this.probe === asking) this.probe = { status: 'answered', probe };
	}

	/** Call when the address changes; the last probe is stale. */
	forgetProbe(): void {
		this.probe = { status: 'idle' };
	}
}

/** An address of the web as people type it, `https://` left out or not. */
function webAddress(text: string): string | undefined {
	const trimmed = text.trim();
	if (trimmed === '') return undefined;
	const address = /^\w+:\/\//.test(trimmed) ? trimmed : `https://${trimmed}`;
	if (!URL.canParse(address)) return undefined;
	const { protocol, hostname, origin, pathname } = new URL(address);
	if (protocol !== 'https:' && protocol !== 'http:') return undefined;
	// Chromium takes a host with a space in it and writes %20.
	return /^[\w.:[\]-]+$/.test(hostname) ? origin + pathname : undefined;
}
