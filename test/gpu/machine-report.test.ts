import { expect, it, vi } from 'vitest';
import { NO_NOTES } from '../../src/gpu/adapter-notes.ts';
import { readReport, renderReport, valueIn } from '../../src/machine/machine-report.ts';
import { testMachine } from '../../src/machine/test-machine.ts';
import { PlacedShardStore } from '../../src/store/placed-shard-store.ts';

it('reports this machine in every section, with nothing that failed', async () => {
	const store = new PlacedShardStore('machine-report');
	const heard: string[] = [];
	const sections = await testMachine({
		store: store.store(store.backends[0] ?? 'indexeddb'),
		notesOf: () => Promise.resolve(NO_NOTES),
		onSection: (title) => heard.push(title),
		diskBytes: 2 ** 22,
		bufferBytes: 2 ** 20,
	});
	const report = renderReport(sections);
	console.log(report);
	expect(heard).toContain('Queue');
	const failed = sections.filter(({ lines }) => lines.some(([name]) => name === 'failed'));
	expect(failed).toEqual([]);
	const read = readReport(report);
	expect(valueIn(read, 'GPU high-performance', 'maxComputeWorkgroupStorageSize')).toMatch(/^\d+$/);
	expect(valueIn(read, 'Disk', 'second read')).toMatch(/GB\/s$/);
	const checks = sections.filter(({ title }) => title.startsWith('Checks of'));
	expect(checks.length).toBeGreaterThan(0);
	for (const [name, said] of checks.flatMap(({ lines }) => lines)) {
		if (name.includes(' ')) continue;
		expect(String(said), name).toMatch(/^(right|true|false)/);
	}
	expect(report.length).toBeLessThan(20_000);
});

it('goes on where there is no GPU', async () => {
	using requested = vi.spyOn(GPU.prototype, 'requestAdapter').mockResolvedValue(null);
	const store = new PlacedShardStore('machine-report');
	const sections = await testMachine({
		store: store.store(store.backends[0] ?? 'indexeddb'),
		notesOf: () => Promise.resolve(NO_NOTES),
		diskBytes: 2 ** 20,
	});
	expect(valueIn(sections, 'GPU high-performance', 'adapter')).toBe('none');
	expect(valueIn(sections, 'Device', 'failed')).toContain('webgpu-unavailable');
	expect(valueIn(sections, 'Disk', 'write')).toMatch(/GB\/s$/);
	expect(requested).toHaveBeenCalled();
});
