import type { Failure, Remedy } from './failure.ts';

export interface Notice {
	readonly id: number;
	readonly tone: 'error' | 'info';
	readonly message: string;
	readonly remedy?: Remedy;
}

/** Messages that stay until they are dismissed or out of date. */
export class Notices {
	all: readonly Notice[] = $state.raw([]);
	#lastId = 0;

	info(message: string): void {
		this.#add({ tone: 'info', message });
	}

	error(failure: Failure): void {
		this.#add({ tone: 'error', ...failure });
	}

	dismiss(notice: Notice): void {
		this.all = this.all.filter(({ id }) => id !== notice.id);
	}

	clear(): void {
		this.all = [];
	}

	#add(notice: Omit<Notice, 'id'>): void {
		this.#lastId += 1;
		this.all = [...this.all, { id: this.#lastId, ...notice }];
	}
}
