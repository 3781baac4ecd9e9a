import type { Remedy } from '../../errors/app-error.ts';
import type { Say } from '../i18n/messages.ts';
import type { Failure } from './failure.ts';

export interface Notice {
	readonly id: number;
	readonly tone: 'error' | 'info';
	readonly say: Say;
	/** Why, for those who look closer. */
	readonly details?: Say;
	readonly remedy?: Remedy;
}

/** Messages that stay until they are dismissed or out of date. */
export class Notices {
	all: readonly Notice[] = $state.raw([]);
	#lastId = 0;

	info(say: Say): void {
		this.#add({ tone: 'info', say });
	}

	/** @param what failed, where the error itself does not tell */
	error({ say, remedy }: Failure, what?: Say): void {
		this.#add({ tone: 'error', say: what ?? say, details: what && say, remedy });
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
