import { expect, test, vi } from 'vitest';
import { FrameThrottle } from '../../../../src/app/studio/frame-throttle.ts';

test('many requests run the task once per frame', () => {
	const frames: (() => void)[] = [];
	const task = vi.fn();
	const throttle = new FrameThrottle(task, (run) => {
		frames.push(run);
		return () => undefined;
	});
	for (let request = 0; request < 1000; request++) throttle.request();
	expect(frames).toHaveLength(1);
	expect(task).not.toHaveBeenCalled();
	frames[0]?.();
	expect(task).toHaveBeenCalledTimes(1);
	throttle.request();
	expect(frames).toHaveLength(2);
});

test('a cancelled request does not run', () => {
	const calledOff = vi.fn();
	const throttle = new FrameThrottle(vi.fn(), () => calledOff);
	throttle.cancel();
	expect(calledOff).not.toHaveBeenCalled();
	throttle.request();
	throttle.cancel();
	expect(calledOff).toHaveBeenCalledTimes(1);
});
