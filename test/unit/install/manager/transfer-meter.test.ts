import { describe, expect, it } from 'vitest';
import { TransferMeter } from '../../../../src/install/manager/transfer-meter.ts';

describe('TransferMeter', () => {
	it('tells speed and time left once there is something to tell', () => {
		let now = 0;
		const meter = new TransferMeter(() => now);
		// An earlier session did half of it: that is no speed.
		expect(meter.pace(5_000_000, 10_000_000)).toBeUndefined();
		now = 500;
		expect(meter.pace(5_500_000, 10_000_000)).toBeUndefined();
		now = 1000;
		const pace = meter.pace(6_000_000, 10_000_000);
		expect(pace?.bytesPerSecond).toBeCloseTo(1e6, -1);
		expect(pace?.secondsLeft).toBeCloseTo(4, 1);
	});

	it('follows a change of speed, not at once', () => {
		let now = 0;
		let bytes = 0;
		const meter = new TransferMeter(() => now);
		const run = (seconds: number, speed: number) => {
			let pace = meter.pace(bytes, 1e12);
			for (let i = 0; i < seconds * 2; i++) {
				now += 500;
				bytes += speed / 2;
				pace = meter.pace(bytes, 1e12);
			}
			return pace?.bytesPerSecond ?? 0;
		};
		expect(run(20, 1e6)).toBeCloseTo(1e6, -1);
		expect(run(2, 5e6)).toBeLessThan(2e6);
		expect(run(60, 5e6)).toBeGreaterThan(4.9e6);
	});
});
