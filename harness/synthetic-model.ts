import { proxy, type Remote } from 'comlink';
import { withWorker } from './with-worker.ts';
import type { SyntheticInstall } from '../lab/bench/install-synthetic.ts';
import type { StorageBench } from '../lab/bench/storage-bench.ts';
import type { UploadOptions } from '../lab/bench/time-upload.ts';
import { Z_IMAGE_TURBO } from '../src/families/z-image/published.ts';
import type { StorageTimings, SyntheticModelRequest } from './harness-api.ts';

/** Z-Image-Turbo's shapes, or others, with made-up weights. The demo model must be installed. */
export function installSynthetic(
	request: SyntheticModelRequest = {},
	onShard: (name: string) => void,
): Promise<SyntheticInstall> {
	const { card, configs } = Z_IMAGE_TURBO;
	const { overrides = {}, width = 1024, height = 1024, backend = 'opfs' } = request;
	const model = {
		family: card.family,
		configs: Object.fromEntries(
			Object.entries(configs).map(([name, config]) => [
				name,
				Object.assign({}, config, overrides[name]),
			]),
		),
		...{ width, height, backend },
		defaultSteps: request.steps ?? card.defaultSteps,
	};
	return withStorageBench((bench) => bench.install(model, proxy(onShard)));
}

export function timeStorage(options?: UploadOptions): Promise<StorageTimings> {
	return withStorageBench(async (bench) => {
		const read = await bench.read();
		const upload = await bench.upload(options);
		return { read, upload };
	});
}

function withStorageBench<Result>(
	use: (bench: Remote<StorageBench>) => Promise<Result>,
): Promise<Result> {
	const worker = new Worker(new URL('../lab/bench/storage-bench.worker.ts', import.meta.url), {
		type: 'module',
	});
	return withWorker(worker, use);
}
