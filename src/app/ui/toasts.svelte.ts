import type { Remedy } from '../../errors/app-error.ts';
import type { Say } from '../i18n/messages.ts';
import type { Failure } from '../studio/failure.ts';

/** A button beside what is said. */
export interface ToastAction {
	readonly say: Say;
	readonly run: () => void;
}

export interface ToastOptions {
	/** A toast takes the place of an older one with its key. */
	readonly key?: string;
	readonly action?: ToastAction;
	/** After so many milliseconds it goes by itself; without, it stays until it is dismissed. */
	readonly milliseconds?: number;
}

export interface Toast extends ToastOptions {
	readonly id: number;
	readonly tone: 'error' | 'info';
	readonly say: Say;
	/** Why, for those who look closer. */
	readonly details?: Say;
	readonly remedy?: Remedy;
}

/** What the page has to say, in a corner of it, the newest last. */
export class Toasts {
	all: readonly Toast[] = $state.raw([]);
	// Nothing shows them.
	// eslint-disable-next-line svelte/prefer-svelte-reactivity
	readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
	#lastId = 0;
	#held = false;

	info(say: Say, options: ToastOptions = {}): void {
		this.#add({ ...options, tone: 'info', say });
	}

	/** @param what failed, where the error itself does not tell */
	error({ say, remedy }: Failure, what?: Say, options: ToastOptions = {}): void {
		this.#add({ ...options, tone: 'error', say: what ?? say, details: what && say, remedy });
	}

	dismiss({ id }: Pick<Toast, 'id'>): void {
		this.#remove((toast) => toast.id === id);
	}

	/** @param key of the toasts to take away; all without one */
	clear(key?: string): void {
		this.#remove((toast) => key === undefined || toast.key === key);
	}

	/** While somebody points at them or stands in them, none goes. */
	hold(held: boolean): void {
		if (held === this.#held) return;
		this.#held = held;
		for (const toast of this.all) this.#time(toast);
	}

	#add(toast: Omit<Toast, 'id'>): void {
		const { key } = toast;
		if (key !== undefined) this.clear(key);
		this.#lastId += 1;
		const added = { id: this.#lastId, ...toast };
		this.all = [...this.all, added];
		this.#time(added);
	}

	#remove(goes: (toast: Toast) => boolean): void {
		for (const toast of this.all.filter(goes)) this.#stop(toast);
		this.all = this.all.filter((toast) => !goes(toast));
	}

	#time(toast: Toast): void {
		this.#stop(toast);
		const { id, milliseconds } = toast;
		if (this.#held || milliseconds === undefined) return;
		this.#timers.set(
			id,
			setTimeout(() => this.dismiss(toast), milliseconds),
		);
	}

	#stop({ id }: Toast): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
	}
}
