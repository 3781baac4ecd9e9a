/** What the browser offers a page that nobody looks at. */
export interface AttentionPlatform {
	hidden(): boolean;
	/** `undefined` where there are no notifications. */
	permission(): NotificationPermission | undefined;
	requestPermission(): Promise<NotificationPermission>;
	notify(title: string, body: string): void;
	/** Keeps the screen on until the returned function is called. */
	keepAwake(): () => void;
}

/** Keeps the computer awake while a picture is drawn, and tells of its end when nobody looks. */
export class Attention {
	readonly #platform: AttentionPlatform;
	#release: (() => void) | undefined;

	permission: NotificationPermission | undefined = $state.raw();
	/** A picture was finished while the page was hidden. */
	unseen = $state(false);

	constructor(platform: AttentionPlatform) {
		this.#platform = platform;
		this.permission = platform.permission();
	}

	get canAsk(): boolean {
		return this.permission === 'default';
	}

	/** Only from a click: browsers and people dislike being asked out of the blue. */
	async ask(): Promise<void> {
		this.permission = await this.#platform.requestPermission();
	}

	begin(): void {
		this.unseen = false;
		this.#release ??= this.#platform.keepAwake();
	}

	end(): void {
		this.#release?.();
		this.#release = undefined;
	}

	tell(title: string, body: string): void {
		if (!this.#platform.hidden()) return;
		this.unseen = true;
		if (this.permission === 'granted') this.#platform.notify(title, body);
	}

	seen(): void {
		if (!this.#platform.hidden()) this.unseen = false;
	}
}

async function requestLock(): Promise<WakeLockSentinel | undefined> {
	try {
		return await navigator.wakeLock.request('screen');
	} catch {
		// Refused on low battery or in a hidden tab: drawing goes on without it.
		return undefined;
	}
}

/** The lock is lost whenever the tab is hidden, so it is taken again when the tab comes back. */
function keepScreenOn(): () => void {
	if (!('wakeLock' in navigator)) return () => undefined;
	let wanted = true;
	let lock: Promise<WakeLockSentinel | undefined> = requestLock();
	const renew = (): void => {
		if (wanted && !document.hidden) lock = requestLock();
	};
	document.addEventListener('visibilitychange', renew);
	return () => {
		wanted = false;
		document.removeEventListener('visibilitychange', renew);
		void lock.then((held) => held?.release());
	};
}

export const browserAttention: AttentionPlatform = {
	hidden: () => document.hidden,
	permission: () => ('Notification' in globalThis ? Notification.permission : undefined),
	requestPermission: () => Notification.requestPermission(),
	notify(title, body) {
		try {
			const notification = new Notification(title, {
				body,
				tag: 'picture',
				icon: './icon-192.png',
			});
			notification.onclick = () => window.focus();
		} catch {
			// Phones only let service workers notify; the title tells it too.
		}
	},
	keepAwake: keepScreenOn,
};
