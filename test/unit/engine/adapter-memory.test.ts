import { beforeEach, expect, it, vi } from 'vitest';
import { AdapterMemory } from '../../../src/engine/adapter-memory.ts';
import {
	type AdapterNotebook,
	type AdapterNotes,
	NO_NOTES,
} from '../../../src/gpu/adapter-notes.ts';
import type { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { TileRules } from '../../../src/gpu/kernels/dispatch/tile-rules.ts';
import { QueuePace } from '../../../src/gpu/queue-pace.ts';

class Notebook implements AdapterNotebook {
	readonly pages = new Map<string, AdapterNotes>();

	read(adapter: string): Promise<AdapterNotes> {
		return Promise.resolve(this.pages.get(adapter) ?? NO_NOTES);
	}

	async write(adapter: string, notes: AdapterNotes): Promise<void> {
		this.pages.set(adapter, notes);
	}
}

interface Session {
	readonly memory: AdapterMemory;
	readonly context: GpuContext;
	lose(reason: string, message: string): Promise<void>;
}

let notebook: Notebook;
beforeEach(() => {
	notebook = new Notebook();
	vi.stubGlobal('navigator', { userAgent: 'Chrome/150.0.0.0' });
	return () => vi.unstubAllGlobals();
});

async function openSession(): Promise<Session> {
	let lose: (info: { reason: string; message: string }) => void = () => undefined;
	const lost = new Promise((resolve) => (lose = resolve));
	const context = {
		device: { lost, limits: {} },
		adapterInfo: { vendor: 'amd', architecture: 'rdna-3', description: '' },
		pace: new QueuePace(),
	} as unknown as GpuContext;
	const memory = await AdapterMemory.open(context, notebook);
	return {
		...{ memory, context },
		async lose(reason, message) {
			lose({ reason, message });
			await lost;
			await Promise.resolve();
			await memory.written;
		},
	};
}

it('opens with half the submit after a hang, and asks after two until a picture is drawn', async () => {
	const first = await openSession();
	expect(first.context.pace.submitSeconds).toBe(0.1);
	await first.lose('unknown', 'DXGI_ERROR_DEVICE_HUNG');

	const second = await openSession();
	expect(second.context.pace.submitSeconds).toBe(0.05);
	expect(second.memory.mustAsk).toBe(false);
	await second.lose('unknown', 'DXGI_ERROR_DEVICE_HUNG');

	const third = await openSession();
	expect(third.context.pace.submitSeconds).toBe(0.025);
	expect(third.memory.mustAsk).toBe(true);
	third.memory.drawn(third.context);
	await third.memory.written;

	const fourth = await openSession();
	expect(fourth.memory.mustAsk).toBe(false);
	expect(fourth.context.pace.submitSeconds).toBe(0.025);
});

it('takes a device that was given up for no loss', async () => {
	const session = await openSession();
	await session.lose('destroyed', 'Device was destroyed.');
	expect(notebook.pages.size).toBe(0);
});

it('remembers tiles that won and tiles that are refused', async () => {
	const { memory } = await openSession();
	const tiles = new TileRules('safe', [['linear', 'middle']]);
	tiles.refuse('conv 128', 'not compiled after 20 s');
	memory.tilesKnown(tiles);
	await memory.written;
	const { notes } = (await openSession()).memory;
	expect(notes.levels).toEqual([['linear', 'middle']]);
	expect(notes.refusedTiles).toEqual([['conv 128', 'not compiled after 20 s']]);
});

it('goes on where nothing can be written down', async () => {
	notebook.write = () => Promise.reject(new Error('full'));
	const session = await openSession();
	await session.lose('unknown', 'DXGI_ERROR_DEVICE_HUNG');
	expect(session.memory.notes.lossesInARow).toBe(1);
});
