/** More at once take the processor from the page; fewer leave it idle. */
const AT_ONCE = 4;

/** A compile that has not come back in its time; it may never. */
export class CompileTimeout extends Error {
	override readonly name = 'CompileTimeout';
}

export interface CompileQueueOptions {
	/** For one compile. Some drivers never come back from a shader; a software GPU takes its time. */
	readonly limitMilliseconds: number;
	readonly clock?: () => number;
	/** @returns what calls it off */
	readonly after?: (milliseconds: number, call: () => void) => () => void;
}

/** Runs compiles, a few at a time, in the order in which they were asked for. */
export class CompileQueue {
	readonly #options: Required<CompileQueueOptions>;
	readonly #waiting: (() => void)[] = [];
	#running = 0;
	#slowestMilliseconds = 0;

	constructor(options: CompileQueueOptions) {
		this.#options = { clock: () => performance.now(), after: afterTimeout, ...options };
	}

	/** Of one compile, so far. */
	get slowestMilliseconds(): number {
		return this.#slowestMilliseconds;
	}

	/** @throws CompileTimeout, after which the next is begun, and whatever `compile` throws */
	async run<Result>(compile: () => Promise<Result>): Promise<Result> {
		if (this.#running < AT_ONCE) this.#running++;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		const { clock, after, limitMilliseconds } = this.#options;
		const started = clock();
		let callOff = (): void => undefined;
		const late = new Promise<never>((_, reject) => {
			const say = `not compiled after ${limitMilliseconds / 1000} s`;
			callOff = after(limitMilliseconds, () => reject(new CompileTimeout(say)));
		});
		try {
			const compiling = compile();
			compiling.catch(() => undefined);
			return await Promise.race([compiling, late]);
		} finally {
			callOff();
			this.#slowestMilliseconds = Math.max(this.#slowestMilliseconds, clock() - started);
			const next = this.#waiting.shift();
			if (next === undefined) this.#running--;
			else next();
		}
	}
}

function afterTimeout(milliseconds: number, call: () => void): () => void {
	if (milliseconds === Infinity) return () => undefined;
	const timer = setTimeout(call, milliseconds);
	return () => clearTimeout(timer);
}
