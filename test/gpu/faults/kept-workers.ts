import { afterEach, beforeAll, beforeEach } from 'vitest';

const PageWorker = Worker;

/** The workers of the page, so that a test can strike them. */
export interface KeptWorkers {
	readonly all: readonly Worker[];
	/** What a browser does that is short of memory: nobody is told. */
	readonly killLast: () => void;
	/** The last one computes for ever, once this resolves. */
	readonly hangLast: () => Promise<void>;
	/** Scripts of workers are not found from now on. */
	losesScripts: boolean;
}

/** To be called once in a test file. The demo model lies where the built page has it. */
export function keepWorkers(): KeptWorkers {
	const all: Worker[] = [];
	const kept = {
		all,
		killLast: () => all.at(-1)?.terminate(),
		hangLast: () => hang(all.at(-1)),
		losesScripts: false,
	};
	beforeAll(() => {
		const base = document.createElement('base');
		base.href = '/';
		document.head.append(base);
	});
	beforeEach(() => {
		globalThis.Worker = class extends PageWorker {
			constructor(url: string | URL, options?: WorkerOptions) {
				super(kept.losesScripts ? 'no-such-worker.js' : able(url), options);
				all.push(this);
			}
		};
	});
	afterEach(() => {
		globalThis.Worker = PageWorker;
		all.length = 0;
		kept.losesScripts = false;
	});
	return kept;
}

/** The script, able to hang on demand. */
function able(url: string | URL): string {
	const script = `
		import ${JSON.stringify(new URL(url, location.href).href)};
		addEventListener('message', ({ data }) => {
			if (data === 'hang') postMessage('hangs');
			while (data === 'hang');
		});`;
	return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}

function hang(worker: Worker | undefined): Promise<void> {
	return new Promise((resolve) => {
		worker?.addEventListener('message', ({ data }) => {
			if (data === 'hangs') resolve();
		});
		worker?.postMessage('hang');
	});
}
