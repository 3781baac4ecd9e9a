import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	type AutoBudget,
	type BudgetOutcome,
	NOTHING_LEARNED,
	type PictureKind,
	autoBudgetBytes,
	learnBudget,
	pictureKind,
} from '../../../../src/app/machine/auto-budget.ts';
import {
	DEFAULT_BUDGET_BYTES,
	MAX_BUDGET_BYTES,
	MIN_BUDGET_BYTES,
	type ModelId,
} from '../../../../src/engine/engine.ts';

const GB = 1e9;
const SQUARE = pictureKind({ modelId: 'm' as ModelId, width: 1024, height: 1024, steps: 8 });
const WIDE = pictureKind({ modelId: 'm' as ModelId, width: 1536, height: 1024, steps: 8 });

/** A machine: how it draws under a budget. */
interface Machine {
	/** Bytes of weights that a step reads again beyond what the budget keeps. */
	readonly modelBytes: number;
	readonly computeMilliseconds: number;
	readonly bytesPerMillisecond: number;
	/** Above this the driver pages: everything takes three times as long. */
	readonly pagesAbove: number;
	readonly failsAbove: number;
}

const ANY_MACHINE: fc.Arbitrary<Machine> = fc.record({
	modelBytes: fc.integer({ min: 1, max: 30 }).map((gigabytes) => gigabytes * GB),
	computeMilliseconds: fc.integer({ min: 100, max: 20_000 }),
	bytesPerMillisecond: fc.integer({ min: 100_000, max: 8_000_000 }),
	pagesAbove: fc.integer({ min: 40, max: 300 }).map((tenths) => tenths * (GB / 10)),
	failsAbove: fc.integer({ min: 20, max: 300 }).map((tenths) => tenths * (GB / 10)),
});

function draw(machine: Machine, kind: PictureKind, budgetBytes: number): BudgetOutcome {
	if (budgetBytes > machine.failsAbove) return { type: 'out-of-memory', kind, budgetBytes };
	const streamedBytesPerStep = Math.max(0, machine.modelBytes - budgetBytes);
	const reading = streamedBytesPerStep / machine.bytesPerMillisecond;
	const paging = budgetBytes > machine.pagesAbove ? 3 : 1;
	const step = paging * Math.max(machine.computeMilliseconds, reading);
	return {
		type: 'drawn',
		kind,
		budgetBytes,
		stepMilliseconds: [5 * step, step, step, step],
		plan: { isExact: true, streamedBytesPerStep },
	};
}

/** Infinite where the picture fails. */
function stepTime(machine: Machine, budgetBytes: number): number {
	const outcome = draw(machine, SQUARE, budgetBytes);
	return outcome.type === 'drawn' ? (outcome.stepMilliseconds[1] ?? 0) : Infinity;
}

function drawn(
	budgetBytes: number,
	step: number,
	kind = SQUARE,
): BudgetOutcome & { readonly type: 'drawn' } {
	return {
		type: 'drawn',
		kind,
		budgetBytes,
		stepMilliseconds: [9000, step, step],
		plan: { isExact: true, streamedBytesPerStep: 1 },
	};
}

/** Draws pictures of one kind and returns every budget on the way. */
function climb(machine: Machine, pictures: number, kind = SQUARE, from = NOTHING_LEARNED) {
	let state = from;
	const budgets: number[] = [];
	for (let picture = 0; picture < pictures; picture++) {
		const budgetBytes = autoBudgetBytes(state, kind);
		budgets.push(budgetBytes);
		state = learnBudget(state, draw(machine, kind, budgetBytes));
	}
	return { state, budgets };
}

function learn(outcomes: readonly BudgetOutcome[], from = NOTHING_LEARNED): AutoBudget {
	return outcomes.reduce(learnBudget, from);
}

describe('climbing', () => {
	test('begins with the default', () => {
		expect(autoBudgetBytes(NOTHING_LEARNED, SQUARE)).toBe(DEFAULT_BUDGET_BYTES);
	});

	test('goes as far as the size needs, within the ceiling', () => {
		expect(autoBudgetBytes(NOTHING_LEARNED, SQUARE, 5.03 * GB)).toBe(5.1 * GB);
		const learned = learn([{ type: 'out-of-memory', kind: WIDE, budgetBytes: 5 * GB }]);
		expect(autoBudgetBytes(learned, SQUARE, 5.03 * GB)).toBe(4 * GB);
	});

	test('goes on while step time keeps falling, and gives a raise back that saved nothing', () => {
		let state = learn([drawn(4 * GB, 1000), drawn(5 * GB, 900)]);
		const next = autoBudgetBytes(state, SQUARE);
		expect(next).toBeGreaterThan(6 * GB);
		state = learn([drawn(next, 895), drawn(next, 900)], state);
		expect(autoBudgetBytes(state, SQUARE)).toBe(5 * GB);
		expect(state.ceilingBytes).toBe(MAX_BUDGET_BYTES);
	});

	test('one picture without a gain may be chance', () => {
		const state = learn([drawn(4 * GB, 1000), drawn(5 * GB, 1000), drawn(5 * GB, 900)]);
		expect(autoBudgetBytes(state, SQUARE)).toBeGreaterThan(5 * GB);
	});

	test('stays where every block stays', () => {
		const state = learn([
			{
				type: 'drawn',
				kind: SQUARE,
				budgetBytes: 4 * GB,
				stepMilliseconds: [100, 100],
				plan: { isExact: true, streamedBytesPerStep: 0 },
			},
		]);
		expect(autoBudgetBytes(state, SQUARE)).toBe(4 * GB);
	});

	test('the first step counts for nothing', () => {
		const single = { ...drawn(4 * GB, 0), stepMilliseconds: [500] };
		expect(learn([single])).toEqual(NOTHING_LEARNED);
		const slowStarts = learn([
			{ ...drawn(4 * GB, 0), stepMilliseconds: [1, 1000, 1000] },
			{ ...drawn(5 * GB, 0), stepMilliseconds: [90_000, 900, 900] },
		]);
		expect(autoBudgetBytes(slowStarts, SQUARE)).toBeGreaterThan(5 * GB);
	});

	test('learns no times from an engine that heeds no budget', () => {
		const plan = { isExact: false, streamedBytesPerStep: 1 };
		expect(learn([{ ...drawn(4 * GB, 1000), plan }])).toEqual(NOTHING_LEARNED);
	});
});

describe('backing off', () => {
	test('a jump after a raise lowers the ceiling to what worked, for all kinds and for good', () => {
		const state = learn([drawn(4 * GB, 1000), drawn(5 * GB, 3000)]);
		expect(state.ceilingBytes).toBe(4 * GB);
		expect(autoBudgetBytes(state, WIDE, 20 * GB)).toBe(4 * GB);
		const later = learn([drawn(4 * GB, 100), drawn(4 * GB, 10)], state);
		expect(autoBudgetBytes(later, SQUARE)).toBe(4 * GB);
	});

	test('a failed allocation lowers the ceiling', () => {
		const state = learn([{ type: 'out-of-memory', kind: SQUARE, budgetBytes: 4 * GB }]);
		expect(state.ceilingBytes).toBe(3.2 * GB);
		expect(autoBudgetBytes(state, SQUARE)).toBe(3.2 * GB);
	});

	test('one slow picture under a budget that did well is chance, two are not', () => {
		const settled = learn([drawn(4 * GB, 1000), drawn(5 * GB, 1000), drawn(5 * GB, 1000)]);
		const doubtful = learn([drawn(4 * GB, 2000)], settled);
		expect(autoBudgetBytes(doubtful, SQUARE)).toBe(4 * GB);
		expect(autoBudgetBytes(learn([drawn(4 * GB, 1000)], doubtful), SQUARE)).toBe(4 * GB);
		const lowered = learn([drawn(4 * GB, 2000)], doubtful);
		expect(autoBudgetBytes(lowered, SQUARE)).toBe(3.2 * GB);
	});

	test('a slower kind of picture is no jump', () => {
		const state = learn([drawn(4 * GB, 1000), drawn(4 * GB, 9000, WIDE)]);
		expect(state.ceilingBytes).toBe(MAX_BUDGET_BYTES);
		expect(autoBudgetBytes(state, SQUARE)).toBe(5 * GB);
		expect(autoBudgetBytes(state, WIDE)).toBe(5 * GB);
	});
});

describe('on any machine', () => {
	test('comes to rest where pictures succeed, about as fast as any budget that was tried', () => {
		fc.assert(
			fc.property(ANY_MACHINE, (machine) => {
				const { budgets } = climb(machine, 60);
				const [rest = 0, ...later] = budgets.slice(30);
				expect(new Set(later)).toEqual(new Set([rest]));
				// Nothing below the least can be chosen, whether it works or not.
				expect(rest).toBeLessThanOrEqual(Math.max(MIN_BUDGET_BYTES, machine.failsAbove));
				if (rest > machine.failsAbove) return;
				const quickest = Math.min(...budgets.map((budget) => stepTime(machine, budget)));
				expect(stepTime(machine, rest)).toBeLessThanOrEqual(quickest / 0.97);
			}),
		);
	});

	test('leaves no gain above 3 % of a step behind that one more raise would bring', () => {
		const roomy = ANY_MACHINE.map((machine) => ({
			...machine,
			pagesAbove: Infinity,
			failsAbove: Infinity,
		}));
		fc.assert(
			fc.property(roomy, (machine) => {
				const { budgets } = climb(machine, 60);
				const last = budgets.at(-1) ?? 0;
				const more = Math.min(MAX_BUDGET_BYTES, last * 1.25);
				expect(stepTime(machine, more)).toBeGreaterThanOrEqual(0.96 * stepTime(machine, last));
			}),
		);
	});

	test('whatever happens, budgets are allowed ones and the ceiling never rises', () => {
		const anyOutcome = fc.record({
			fails: fc.boolean(),
			kind: fc.constantFrom(SQUARE, WIDE),
			/** Not always what was advised: the slider may have been moved. */
			budgetBytes: fc.option(fc.integer({ min: MIN_BUDGET_BYTES, max: MAX_BUDGET_BYTES })),
			step: fc.integer({ min: 1, max: 100_000 }),
			leastBytes: fc.integer({ min: 0, max: 30 * GB }),
		});
		fc.assert(
			fc.property(fc.array(anyOutcome, { maxLength: 60 }), (outcomes) => {
				let state = NOTHING_LEARNED;
				for (const { fails, kind, step, leastBytes, ...chosen } of outcomes) {
					const advised = autoBudgetBytes(state, kind, leastBytes);
					expect(advised).toBeGreaterThanOrEqual(MIN_BUDGET_BYTES);
					expect(advised).toBeLessThanOrEqual(state.ceilingBytes);
					const budgetBytes = chosen.budgetBytes ?? advised;
					const next = learnBudget(
						state,
						fails ? { type: 'out-of-memory', kind, budgetBytes } : drawn(budgetBytes, step, kind),
					);
					expect(next.ceilingBytes).toBeLessThanOrEqual(state.ceilingBytes);
					if (fails && budgetBytes > MIN_BUDGET_BYTES) {
						expect(autoBudgetBytes(next, kind, leastBytes)).toBeLessThan(budgetBytes);
					}
					state = next;
				}
			}),
		);
	});

	test('two kinds drawn in turn climb as if each were alone', () => {
		const roomy = ANY_MACHINE.map((machine) => ({
			...machine,
			pagesAbove: Infinity,
			failsAbove: Infinity,
		}));
		fc.assert(
			fc.property(roomy, (machine) => {
				let state = NOTHING_LEARNED;
				for (let picture = 0; picture < 60; picture++) {
					const kind = picture % 2 === 0 ? SQUARE : WIDE;
					state = learnBudget(state, draw(machine, kind, autoBudgetBytes(state, kind)));
				}
				const alone = climb(machine, 30).state;
				expect(autoBudgetBytes(state, SQUARE)).toBe(autoBudgetBytes(alone, SQUARE));
				expect(autoBudgetBytes(state, WIDE)).toBe(autoBudgetBytes(alone, SQUARE));
			}),
		);
	});
});
