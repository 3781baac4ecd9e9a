/** Chrome's offer to install the page, which has no type of its own. */
interface InstallPrompt extends Event {
	prompt(): Promise<unknown>;
}

function isInstallPrompt(event: Event): event is InstallPrompt {
	return 'prompt' in event;
}

/** The page as an installed, offline app: whether it can be installed, and whether a newer one waits. */
export class OfflineApp {
	#prompt: InstallPrompt | undefined = $state.raw();
	#update: (() => void) | undefined = $state.raw();

	get canInstall(): boolean {
		return this.#prompt !== undefined;
	}

	get updateReady(): boolean {
		return this.#update !== undefined;
	}

	/** For `beforeinstallprompt`: the page offers it itself, where it does not get in the way. */
	keepPrompt(event: Event): void {
		if (!isInstallPrompt(event)) return;
		event.preventDefault();
		this.#prompt = event;
	}

	installed(): void {
		this.#prompt = undefined;
	}

	async install(): Promise<void> {
		const prompt = this.#prompt;
		this.#prompt = undefined;
		await prompt?.prompt();
	}

	/** @param update reloads the page with the new version; never called unasked, a picture may be under way */
	offerUpdate(update: () => void): void {
		this.#update = update;
	}

	update(): void {
		this.#update?.();
	}

	later(): void {
		this.#update = undefined;
	}
}
