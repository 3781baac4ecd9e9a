import type { ModelInfo } from '../../engine/engine.ts';
import type { Failure } from '../studio/failure.ts';
import type { ModelManager, ModelWork } from './model-manager.svelte.ts';

export type InstallState =
	| { readonly status: 'idle' }
	| { readonly status: 'running' | 'cancelled'; readonly model: ModelInfo }
	| { readonly status: 'failed'; readonly model: ModelInfo; readonly failure: Failure };

/** The model that is drawn with, on its way: what the manager does about it without being asked in its dialog. */
export class Installation {
	readonly #manager: ModelManager;

	state: InstallState = $state.raw({ status: 'idle' });

	constructor(manager: ModelManager) {
		this.#manager = manager;
	}

	get running(): boolean {
		return this.state.status === 'running';
	}

	get progress(): ModelWork['progress'] {
		return this.running ? this.#manager.work?.progress : undefined;
	}

	/** 0 to 1 while running, as far as it is known. */
	get fraction(): number | undefined {
		return this.running ? this.#manager.fraction : undefined;
	}

	/** Fetches the model, or what is missing or damaged of it. False where `state` tells why it is not whole. */
	async run(model: ModelInfo): Promise<boolean> {
		if (this.running) return false;
		const { id, installed } = model;
		this.state = { status: 'running', model };
		const end = await (installed ? this.#manager.repair(id) : this.#manager.fetchBundled(id));
		if (end.status === 'failed') this.state = { ...end, model };
		else if (end.status === 'stopped') this.state = { status: 'cancelled', model };
		else this.state = { status: 'idle' };
		return end.status === 'done';
	}

	/** Shows that a model is needed, and leaves it to the user. */
	offer(model: ModelInfo): void {
		if (!this.running) this.state = { status: 'cancelled', model };
	}

	/** What has come stays for the next time. */
	cancel(): void {
		this.#manager.pause();
	}

	dismiss(): void {
		if (!this.running) this.state = { status: 'idle' };
	}
}
