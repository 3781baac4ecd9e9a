import type { KernelName } from './kernels/dispatch/kernel-name.ts';
import type { TileLevel } from './kernels/dispatch/tile-rules.ts';

/** A device that was lost, or work that it dropped. */
export interface GpuLoss {
	readonly kind: LossKind;
	/** What the browser said. */
	readonly message: string;
	/** Unix time. */
	readonly atMilliseconds: number;
}

/** `hang`: the driver reset the GPU, because of what it was given or by itself. */
export type LossKind = 'hang' | 'memory' | 'other';

/** What earlier sessions learnt of an adapter. */
export interface AdapterNotes {
	/** Of kernels whose tiles were raced. */
	readonly levels: readonly (readonly [KernelName, TileLevel])[];
	/** `TileTable.id` of tiles that are wrong here or do not compile, and what is wrong. */
	readonly refusedTiles: readonly (readonly [string, string])[];
	/** The latest last. */
	readonly losses: readonly GpuLoss[];
	/** Since a picture was last drawn to its end. */
	readonly lossesInARow: number;
	/** Times that submits were made half as long. */
	readonly halvings: number;
}

export const NO_NOTES: AdapterNotes = {
	levels: [],
	refusedTiles: [],
	losses: [],
	lossesInARow: 0,
	halvings: 0,
};

const LOSSES_KEPT = 20;
/** From the full length of a submit to the least. */
const MOST_HALVINGS = 2;

/**
 * What a loss means. `HUNG`, `REMOVED`, `RESET` and `DRIVER_INTERNAL_ERROR` are Direct3D's words, and Vulkan has one
 * for all of them; Metal ignores submits after it has killed one.
 */
export function lossKind(message: string): LossKind {
	if (OUT_OF_MEMORY.test(message)) return 'memory';
	return HANG.test(message) ? 'hang' : 'other';
}

/** VK_ERROR_OUT_OF_DEVICE_MEMORY, E_OUTOFMEMORY, "out of memory"; Dawn on Direct3D where nothing is left to evict. */
export const OUT_OF_MEMORY =
	/out[ _]?of[ _]?((device|host)[ _]?)?memory|excessive video memory usage/i;
const HANG = /hung|removed|reset|driver_internal|device_lost|submissionsignored|hang|timed? ?out/i;

/** After a hang submits are half as long, and tiles the safe ones. */
export function withLoss(notes: AdapterNotes, loss: GpuLoss): AdapterNotes {
	const losses = [...notes.losses, loss].slice(-LOSSES_KEPT);
	if (loss.kind === 'memory') return { ...notes, losses };
	const lossesInARow = notes.lossesInARow + 1;
	const halvings = Math.min(MOST_HALVINGS, notes.halvings + 1);
	return { ...notes, losses, lossesInARow, halvings };
}

/** What went well once is not what hangs this GPU. */
export function withPicture(notes: AdapterNotes): AdapterNotes {
	return notes.lossesInARow === 0 ? notes : { ...notes, lossesInARow: 0 };
}

/** Where notes are kept from session to session. */
export interface AdapterNotebook {
	read(adapter: string): Promise<AdapterNotes>;
	write(adapter: string, notes: AdapterNotes): Promise<void>;
}

/**
 * Tells apart what notes hold for: another GPU of a laptop, or another version of the browser, compiles otherwise.
 *
 * @param userAgent of the browser
 */
export function adapterKey(
	{ vendor, architecture, description }: GPUAdapterInfo,
	limits: Pick<
		GPUSupportedLimits,
		'maxBufferSize' | 'maxComputeWorkgroupStorageSize' | 'maxComputeInvocationsPerWorkgroup'
	>,
	userAgent: string,
): string {
	const [, major = ''] = /Chrom(?:e|ium)\/(\d+)/.exec(userAgent) ?? [];
	const { maxBufferSize, maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } =
		limits;
	return [
		...[vendor, architecture, description, maxBufferSize],
		...[maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup, major],
	].join('|');
}
