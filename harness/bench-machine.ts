import type { KernelBenchOptions } from '../lab/bench/kernel-bench-options.ts';
import type {
	BenchLevel,
	HarnessApi,
	MachineReport,
	MeasureRequest,
	PictureRow,
	SyntheticModelRequest,
} from './harness-api.ts';

interface BenchPlan {
	readonly kernels: KernelBenchOptions;
	readonly model: SyntheticModelRequest;
	readonly pictures: readonly Omit<MeasureRequest, 'model'>[];
	/** Only where the browser exposes matrix units. */
	readonly matrixPictures: readonly Omit<MeasureRequest, 'model'>[];
}

const EVERYTHING_BYTES = 24e9;

const PLANS: Readonly<Record<BenchLevel, BenchPlan>> = {
	quick: {
		kernels: {
			...{ dim: 128, heads: 1, ffnHidden: 341, tokens: [64], repeats: 1, sweep: false },
			convolutions: [{ channels: 32, size: 16 }],
			warmUpMilliseconds: 0,
		},
		model: {
			...{ width: 64, height: 64, steps: 2 },
			overrides: {
				transformer: {
					...{ dim: 256, n_heads: 2, n_kv_heads: 2, n_layers: 2, n_refiner_layers: 1 },
					cap_feat_dim: 128,
				},
				text_encoder: {
					...{ hidden_size: 128, intermediate_size: 256, num_hidden_layers: 2 },
					...{ num_attention_heads: 2, num_key_value_heads: 1, vocab_size: 8192 },
				},
				vae: { block_out_channels: [32, 32, 64, 64] },
			},
		},
		pictures: [
			{ engine: 'fused', width: 64, height: 64, steps: 2, budgetBytes: 100e6 },
			{ engine: 'ort', width: 64, height: 64, steps: 2, budgetBytes: 100e6 },
		],
		matrixPictures: [{ engine: 'matrix', width: 64, height: 64, steps: 2, budgetBytes: 100e6 }],
	},
	full: {
		kernels: { sweep: false },
		model: { width: 1024, height: 1024, steps: 8 },
		pictures: [
			...[2e9, 8e9, EVERYTHING_BYTES].map((budgetBytes) => ({
				...({ engine: 'fused', width: 1024, height: 1024, steps: 8, budgetBytes } as const),
			})),
			...[4e9, EVERYTHING_BYTES].map((budgetBytes) => ({
				...({ engine: 'fused', width: 2048, height: 2048, steps: 3, budgetBytes } as const),
			})),
			...[2e9, 8e9, EVERYTHING_BYTES].map((budgetBytes) => ({
				...({ engine: 'ort', width: 1024, height: 1024, steps: 3, budgetBytes } as const),
			})),
		],
		matrixPictures: [2e9, 8e9, EVERYTHING_BYTES].map((budgetBytes) => ({
			...({ engine: 'matrix', width: 1024, height: 1024, steps: 8, budgetBytes } as const),
		})),
	},
};

/** Measures a machine from kernels to pictures; what fails is reported as failed, and the rest goes on. */
export async function benchMachine(
	level: BenchLevel,
	harness: HarnessApi,
	onProgress: (line: string) => void,
): Promise<MachineReport> {
	const plan = PLANS[level];
	const kernels = await harness.bench(plan.kernels);
	const install = await harness.installSynthetic(plan.model);
	const storage = await harness.timeStorage();
	const pictures: PictureRow[] = [];
	const opened = await harness.open();
	const hasMatrices = opened.ok && opened.value.matrixUnits.type !== 'absent';
	for (const picture of [...plan.pictures, ...(hasMatrices ? plan.matrixPictures : [])]) {
		const request: MeasureRequest = { ...picture, model: 'synthetic' };
		const { engine, width, height, budgetBytes } = request;
		onProgress(`${engine}, ${width} x ${height}, ${budgetBytes / 1e9} GB`);
		pictures.push({ request, outcome: await harness.measure(request) });
	}
	return { level, userAgent: navigator.userAgent, kernels, install, storage, pictures };
}
