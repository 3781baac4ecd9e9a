import type { Say } from '../i18n/messages.ts';
import { type Failure, type Remedy, sayFailure } from './failure.ts';

export interface Notice {
	readonly id: number;
	readonly tone: 'error' | 'info';
	readonly say: Say;
	/** An error's own words, for those who look closer. */
	readonly details?: string;
	readonly remedy?: Remedy;
}

/** Messages that stay until they are dismissed or out of date. */
export class Notices {
	all: readonly Notice[] = $state.raw([]);
	#lastId = 0;

	info(say: Say): void {
		this.#add({ tone: 'info', say });
	}

	/** @param say what failed, where the error itself does not tell */
	error(failure: Failure, say: Say = (messages) => sayFailure(messages, failure)): void {
		this.#add({ tone: 'error', say, details: failure.message, remedy: failure.remedy });
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
