import type { GpuContext } from '../gpu/gpu-context.ts';
import type { ReportLine } from './machine-report.ts';

const EMPTY_SUBMITS = 100;
const UPLOADS = 8;
const COPIES = 8;

/** How long a submit takes by itself, and what uploads and copies reach. @param bytes of one piece */
export async function timeQueue(
	context: GpuContext,
	bytes: number,
): Promise<readonly ReportLine[]> {
	return [
		...(await timeEmptySubmits(context)),
		...(await timeUploads(context, bytes)),
		...(await timeCopies(context, bytes)),
	];
}

async function timeEmptySubmits(context: GpuContext): Promise<readonly ReportLine[]> {
	const milliseconds: number[] = [];
	for (let index = 0; index < EMPTY_SUBMITS; index++) {
		const started = performance.now();
		context.submit(context.device.createCommandEncoder({ label: 'empty' }));
		await context.idle();
		milliseconds.push(performance.now() - started);
	}
	milliseconds.sort((a, b) => a - b);
	const percentile = (share: number): string =>
		(milliseconds[Math.floor(share * (EMPTY_SUBMITS - 1))] ?? NaN).toFixed(2);
	return [['submit to done', `${percentile(0.5)} ms, 99th ${percentile(0.99)} ms`]];
}

/** As the staging ring does it, one after the other: waiting for the map apart from filling. */
async function timeUploads(context: GpuContext, bytes: number): Promise<readonly ReportLine[]> {
	const { device } = context;
	const target = context.createBuffer('weights', {
		...{ label: 'machine test', size: bytes, usage: GPUBufferUsage.COPY_DST },
	});
	const staging = context.createBuffer('staging', {
		...{ label: 'machine test', size: bytes, mappedAtCreation: true },
		usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
	});
	const filled = new Uint8Array(bytes).fill(1);
	let filling = 0;
	let waiting = 0;
	try {
		for (let index = 0; index < UPLOADS; index++) {
			const started = performance.now();
			new Uint8Array(staging.getMappedRange()).set(filled);
			staging.unmap();
			filling += performance.now() - started;
			const encoder = device.createCommandEncoder({ label: 'machine test' });
			encoder.copyBufferToBuffer(staging, 0, target, 0, bytes);
			context.submit(encoder);
			const submitted = performance.now();
			await context.orLost(staging.mapAsync(GPUMapMode.WRITE));
			waiting += performance.now() - submitted;
		}
	} finally {
		for (const buffer of [target, staging]) buffer.destroy();
	}
	const speed = gigabytesPerSecond(UPLOADS * bytes, filling + waiting);
	return [['upload', `${speed}; filling ${each(filling)}, waiting ${each(waiting)}`]];
}

function each(milliseconds: number): string {
	return `${(milliseconds / UPLOADS).toFixed(2)} ms`;
}

async function timeCopies(context: GpuContext, bytes: number): Promise<readonly ReportLine[]> {
	const { device } = context;
	const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
	const [from, to] = [1, 2].map(() =>
		context.createBuffer('weights', { label: 'machine test', size: bytes, usage }),
	);
	try {
		const copy = async (times: number): Promise<number> => {
			const encoder = device.createCommandEncoder({ label: 'machine test' });
			for (let index = 0; index < times; index++) {
				encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
			}
			const started = performance.now();
			context.submit(encoder);
			await context.idle();
			return performance.now() - started;
		};
		// The first also clears both.
		await copy(1);
		return [['copy on the GPU', gigabytesPerSecond(COPIES * bytes, await copy(COPIES))]];
	} finally {
		for (const buffer of [from, to]) buffer.destroy();
	}
}

export function gigabytesPerSecond(bytes: number, milliseconds: number): string {
	return `${(bytes / milliseconds / 1e6).toFixed(2)} GB/s`;
}
