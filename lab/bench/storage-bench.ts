import type { ModelConfigs } from '../../src/families/parts/model-configs.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { DEMO_MODEL_ID } from '../../src/install/manager/bundled-models.ts';
import { InstalledModel } from '../../src/pipeline/installed-model.ts';
import { PlacedShardStore } from '../../src/store/placed-shard-store.ts';
import type { StoreBackend } from '../../src/store/store-backend.ts';
import { installSynthetic, type SyntheticInstall } from './install-synthetic.ts';
import { timeRead, timeUpload, type UploadOptions, type UploadTiming } from './time-upload.ts';

/** Names the model of made-up weights that a bench installs. */
const SYNTHETIC_MODEL_ID = 'synthetic';

export interface SyntheticRequest {
	readonly family: string;
	readonly configs: ModelConfigs;
	readonly width: number;
	readonly height: number;
	readonly defaultSteps: number;
	readonly backend: StoreBackend;
}

/** What a bench does beside drawing, in a worker: only there are files read at full speed. */
export interface StorageBench {
	install(request: SyntheticRequest, onShard: (name: string) => void): Promise<SyntheticInstall>;
	/** One pass over the blocks of a step, from disk to memory. */
	read(): Promise<UploadTiming>;
	/** One pass over the blocks of a step, from disk to the GPU. */
	upload(options?: UploadOptions): Promise<UploadTiming>;
	/** Forgets the model. */
	remove(): Promise<void>;
}

export function createStorageBench(): StorageBench {
	const store = new PlacedShardStore();
	return {
		async install({ family, configs, width, height, defaultSteps, backend }, onShard) {
			const sizes = [{ width, height }];
			const model = { id: SYNTHETIC_MODEL_ID, family, configs, sizes, defaultSteps };
			return installSynthetic(model, store, backend, DEMO_MODEL_ID, onShard);
		},
		async read() {
			return timeRead(store, SYNTHETIC_MODEL_ID, await stepShards(store));
		},
		async upload(options) {
			using context = await GpuContext.open();
			return await timeUpload(context, store, SYNTHETIC_MODEL_ID, await stepShards(store), options);
		},
		async remove() {
			await store.deleteManifest(SYNTHETIC_MODEL_ID);
			await store.deleteObjects(SYNTHETIC_MODEL_ID);
			await store.forgetPlacement(SYNTHETIC_MODEL_ID);
		},
	};
}

async function stepShards(store: PlacedShardStore) {
	const manifest = await store.manifest(SYNTHETIC_MODEL_ID);
	if (manifest === undefined) throw new Error('Install the made-up model first');
	const installed = new InstalledModel(manifest, new Map());
	const { stepBlocks } = installed.model.denoiser.prepare({
		grid: { height: 1, width: 1 },
		conditionings: [{}],
		evaluations: [],
	});
	return stepBlocks(1).map((block) => installed.shard(block));
}
