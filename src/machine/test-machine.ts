import type { AdapterNotes } from '../gpu/adapter-notes.ts';
import { calibrateSpeed } from '../gpu/fused/probe/calibrate-speed.ts';
import { raceTiles } from '../gpu/fused/probe/race-tiles.ts';
import { unpackKeepsSubnormals } from '../gpu/fused/probe/unpack-probe.ts';
import { WorkSpeed } from '../gpu/fused/probe/work-speed.ts';
import { checkKernels } from '../gpu/fused/self-test/self-test.ts';
import { GpuContext } from '../gpu/gpu-context.ts';
import { compilesSlowly } from '../gpu/kernels/dispatch/compiles-slowly.ts';
import type { KernelTarget } from '../gpu/kernels/dispatch/kernel-dispatch.ts';
import { KernelPipelines } from '../gpu/kernels/dispatch/kernel-pipelines.ts';
import { TILE_LEVELS, TileRules } from '../gpu/kernels/dispatch/tile-rules.ts';
import type { InstallStore } from '../store/shard-store.ts';
import { describeAdapters } from './describe-adapters.ts';
import type { ReportLine, ReportSection } from './machine-report.ts';
import { timeDisk } from './time-disk.ts';
import { timeQueue } from './time-queue.ts';

export interface MachineTest {
	readonly store: InstallStore;
	/** What earlier sessions learnt of the adapter. */
	readonly notesOf: (context: GpuContext) => Promise<AdapterNotes>;
	readonly onSection?: (title: string) => void;
	/** Of the file that is written and read. */
	readonly diskBytes?: number;
	/** Of the buffers that are uploaded and copied. */
	readonly bufferBytes?: number;
}

/** For one section: a driver that hangs must not keep the rest. */
const PATIENCE_MILLISECONDS = 120_000;
/** The slowest are what matters. */
const SHADERS_LISTED = 20;

/** A section that fails says so, and the rest goes on: it is most wanted where something does not work. */
export async function testMachine(test: MachineTest): Promise<readonly ReportSection[]> {
	const { store, onSection, diskBytes = 2 ** 28, bufferBytes = 2 ** 25 } = test;
	const sections: ReportSection[] = [];
	const add = async (
		title: string,
		work: () => Promise<readonly ReportLine[] | readonly ReportSection[]>,
	): Promise<void> => {
		onSection?.(title);
		const made = await within(PATIENCE_MILLISECONDS, work).catch((error: unknown) => [
			['failed', String(error)] as const,
		]);
		if (isSections(made)) sections.push(...made);
		else sections.push({ title, lines: made });
	};
	await add('GPU', describeAdapters);
	let opened: GpuContext | undefined;
	await add('Device', async () => {
		opened = await GpuContext.open();
		const { device, adapterInfo } = opened;
		return [
			['in use', `${adapterInfo.vendor} ${adapterInfo.architecture} ${adapterInfo.description}`],
			['maxBufferSize', device.limits.maxBufferSize],
		];
	});
	if (opened !== undefined) {
		using context = opened;
		await addGpuSections(add, context, test, bufferBytes);
	}
	await add('Disk', () => timeDisk(store, diskBytes));
	return sections;
}

async function addGpuSections(
	add: (title: string, work: () => Promise<readonly ReportLine[]>) => Promise<void>,
	context: GpuContext,
	{ notesOf }: MachineTest,
	bufferBytes: number,
): Promise<void> {
	await add('What is known', async () => noteLines(await notesOf(context)));
	const { adapterInfo, adapterFeatures, device } = context;
	const slow = compilesSlowly(adapterInfo, adapterFeatures, navigator.userAgent);
	const target: KernelTarget = {
		limits: device.limits,
		unpackKeepsSubnormals: await unpackKeepsSubnormals(context),
		compilesSlowly: slow,
		maxDispatchFlops: Infinity,
	};
	const pipelines = new KernelPipelines(context);
	for (const level of slow ? (['safe'] as const) : TILE_LEVELS.toReversed()) {
		const tiles = new TileRules(level);
		await add(`Checks of ${level} tiles`, async () => [
			['unpack2x16float keeps subnormals', target.unpackKeepsSubnormals],
			...(await checkKernels(context, pipelines, { ...target, tiles })).map(
				({ kernel, tile = '', wrong, error }): ReportLine => [
					`${kernel} ${tile}`,
					wrong ?? `right, off by ${error?.toExponential(1) ?? 'nothing'}`,
				],
			),
		]);
	}
	await add('Shaders', async () => {
		const again = new KernelPipelines(context);
		const tiles = new TileRules('safe');
		await checkKernels(context, again, { ...target, tiles });
		return [...compileLines('compiled', pipelines), ...compileLines('compiled again', again)];
	});
	await add('Speed', async () => {
		const speed = new WorkSpeed(context.pace);
		await calibrateSpeed(context, pipelines, { ...target, tiles: new TileRules('safe') }, speed);
		const lines: readonly ReportLine[] = [
			['learnt', `${(speed.flopsPerSecond / 1e9).toFixed(0)} GFLOP/s`],
		];
		// Their shaders would take minutes.
		if (slow) return lines;
		const contestants = await raceTiles(context, pipelines, target, speed.flopsPerSecond);
		const raced = contestants.map(({ kernel, level, tile, flopsPerSecond }): ReportLine => [
			`${kernel} ${level}`,
			`${(flopsPerSecond / 1e9).toFixed(0)} GFLOP/s in ${tile}`,
		]);
		return [...lines, ...raced];
	});
	await add('Queue', () => timeQueue(context, bufferBytes));
}

function compileLines(name: string, { times }: KernelPipelines): readonly ReportLine[] {
	const sum = times.reduce((total, { milliseconds }) => total + milliseconds, 0);
	const slowest = [...times].sort((a, b) => b.milliseconds - a.milliseconds);
	return [
		[name, `${times.length} shaders, ${sum.toFixed(0)} ms in all, some side by side`],
		...slowest
			.slice(0, SHADERS_LISTED)
			.map(({ label, milliseconds, failed }): ReportLine => [
				`${name} ${label}`,
				`${milliseconds.toFixed(0)} ms${failed ? ', failed' : ''}`,
			]),
	];
}

function noteLines(notes: AdapterNotes): readonly ReportLine[] {
	return [
		['tiles that won', notes.levels.map((pair) => pair.join(' ')).join(', ') || 'not raced yet'],
		...notes.refusedTiles.map(([tile, reason]): ReportLine => [`refused ${tile}`, reason]),
		['submits', `halved ${notes.halvings} times`],
		['losses in a row', notes.lossesInARow],
		...notes.losses.map(({ kind, message, atMilliseconds }): ReportLine => [
			'lost',
			`${new Date(atMilliseconds).toISOString()} ${kind}: ${message}`,
		]),
	];
}

async function within<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		const say = `no answer within ${milliseconds / 1000} s`;
		timer = setTimeout(() => reject(new Error(say)), milliseconds);
	});
	try {
		return await Promise.race([work(), late]);
	} finally {
		clearTimeout(timer);
	}
}

function isSections(
	made: readonly ReportLine[] | readonly ReportSection[],
): made is readonly ReportSection[] {
	const [first] = made;
	return first !== undefined && 'title' in first;
}
