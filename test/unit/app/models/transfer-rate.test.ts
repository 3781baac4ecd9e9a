import { expect, test } from 'vitest';
import { TransferRate } from '../../../../src/app/models/transfer-rate.ts';

test('is unknown until half a second was seen', () => {
	const rate = new TransferRate();
	expect(rate.bytesPerSecond).toBeUndefined();
	rate.record(0, 0);
	rate.record(1000, 400);
	expect(rate.bytesPerSecond).toBeUndefined();
	rate.record(2000, 1000);
	expect(rate.bytesPerSecond).toBe(2000);
});

test('leaves out what an earlier installation had fetched', () => {
	const rate = new TransferRate();
	rate.record(1e9, 0);
	rate.record(1e9 + 500, 1000);
	expect(rate.bytesPerSecond).toBe(500);
});

test('follows a change of speed within a few seconds', () => {
	const rate = new TransferRate();
	for (let second = 0; second <= 10; second++) rate.record(second * 1000, second * 1000);
	for (let second = 11; second <= 15; second++) rate.record(10_000, second * 1000);
	expect(rate.bytesPerSecond).toBe(0);
});

test('keeps few samples however many events come', () => {
	const rate = new TransferRate();
	for (let event = 0; event <= 100_000; event++) rate.record(event, event / 10);
	expect(rate.bytesPerSecond).toBeCloseTo(10_000, -2);
});
