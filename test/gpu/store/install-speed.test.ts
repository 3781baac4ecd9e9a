import { proxy, wrap } from 'comlink';
import { expect, it } from 'vitest';
import { buildModel, componentList } from '../../../src/families/model-family.ts';
import type { ChosenFile, ManagerEvent } from '../../../src/install/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/local-install-manager.ts';
import { type PublishedModel, Z_IMAGE_TURBO } from '../../../src/install/published-models.ts';

const GOLDEN = '/test/fixtures/golden/';
const PIECE_BYTES = 2 ** 24;
/** `VITE_INSTALL_WIDTH=1920 npx vitest run --project gpu test/gpu/store/install-speed` measures with 530 MB. */
const WIDTH = Number(import.meta.env['VITE_INSTALL_WIDTH'] ?? 384);

async function goldenJson(name: string): Promise<object> {
	return (await (await fetch(GOLDEN + name)).json()) as object;
}

/** A file of any size out of one piece of memory: BF16 weights between 2^-9 and 1. */
function bigFile(path: string, header: object, dataBytes: number): ChosenFile {
	const json = new TextEncoder().encode(JSON.stringify(header));
	const start = new Uint8Array(8 + json.byteLength);
	new DataView(start.buffer).setBigUint64(0, BigInt(json.byteLength), true);
	start.set(json, 8);
	const values = Uint16Array.from({ length: PIECE_BYTES / 2 }, (_, i) => {
		const random = Math.imul(i, 2654435761) >>> 0;
		return ((random & 1) << 15) | ((118 + ((random >>> 8) & 7)) << 7) | (random >>> 25);
	});
	const piece = new Blob([values]);
	const parts: Blob[] = [];
	for (let left = dataBytes; left > 0; left -= PIECE_BYTES) parts.push(piece.slice(0, left));
	return { path, file: new File([start, ...parts], path) };
}

it('installs files on disk, and says how fast', async () => {
	const published: PublishedModel = {
		...Z_IMAGE_TURBO,
		card: { ...Z_IMAGE_TURBO.card, id: 'speed' },
		configs: {
			transformer: {
				...(await goldenJson('dit-tiny.config.json')),
				...{ dim: WIDTH, n_heads: WIDTH / 128, n_kv_heads: WIDTH / 128 },
			},
			text_encoder: await goldenJson('qwen3-tiny.config.json'),
			vae: await goldenJson('vae-tiny.config.json'),
		},
	};
	const files: ChosenFile[] = [];
	for (const component of componentList(buildModel('z-image', published.configs))) {
		const header: Record<string, object> = {};
		let end = 0;
		for (const { sourceName, sourceShape } of component.blocks.flatMap(({ tensors }) => tensors)) {
			const begin = end;
			end += 2 * sourceShape.reduce((product, extent) => product * extent, 1);
			header[sourceName] = { dtype: 'BF16', shape: sourceShape, data_offsets: [begin, end] };
		}
		files.push(bigFile(`${component.name}/model.safetensors`, header, end));
	}
	const small = new File(['{}'], 'tokenizer.json');
	files.push(
		{ path: 'tokenizer.json', file: small },
		{ path: 'tokenizer_config.json', file: small },
	);

	const url = new URL('../../../workers/install.worker.ts', import.meta.url);
	const worker = new Worker(url, { type: 'module' });
	const Manager = wrap<typeof LocalInstallManager>(worker);
	const manager = await new Manager({
		modelsUrl: location.href,
		bundled: [],
		published: [published],
	});
	let bytes = 0;
	let started = 0;
	const onEvent = proxy((event: ManagerEvent) => {
		if (event.type === 'phase' && event.phase === 'convert') started = performance.now();
		if (event.type === 'progress') bytes = event.bytesTotal;
	});
	try {
		const source = { type: 'files', files } as const;
		expect(await manager.install('speed', source, onEvent, { backend: 'opfs' })).toBe('installed');
		const seconds = (performance.now() - started) / 1000;
		console.log(
			`${(bytes / 1e6).toFixed(0)} MB of local files in ${seconds.toFixed(1)} s: ` +
				`${(bytes / 1e6 / seconds).toFixed(0)} MB/s, source and shards hashed`,
		);
	} finally {
		await manager.delete('speed');
		worker.terminate();
	}
});
