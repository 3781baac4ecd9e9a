import { statSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { GpuChoice } from '../scripts/webgpu/launch-options.ts';
import type { PictureSize } from '../src/recipe/capabilities.ts';
import { MAX_SIDE, SIDE_MULTIPLE } from '../src/recipe/recipe-limits.ts';
import { UsageError } from './usage-error.ts';

type OptionTypes = NonNullable<ParseArgsConfig['options']>;

/** `parseArgs` without positional arguments, its errors as `UsageError`. */
export function parseOptions<Options extends OptionTypes>(
	args: readonly string[],
	options: Options,
): ReturnType<typeof parseArgs<{ options: Options }>>['values'] {
	try {
		return parseArgs({ args: [...args], options, allowPositionals: false }).values;
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}

/** A whole number from `least` to `most`, or undefined if the option was not given. */
export function wholeNumber(
	name: string,
	text: string | undefined,
	least: number,
	most = Number.MAX_SAFE_INTEGER,
): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (/^\d+$/.test(text) && value >= least && value <= most) return value;
	const range =
		most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
	throw new UsageError(`--${name} must be a whole number ${range}, not "${text}".`);
}

/** A side of a picture that some model can draw; undefined if the option was not given. */
export function pixels(name: string, text: string | undefined): number | undefined {
	const value = wholeNumber(name, text, SIDE_MULTIPLE, MAX_SIDE);
	if (value === undefined || value % SIDE_MULTIPLE === 0) return value;
	throw new UsageError(`--${name} must be a multiple of ${SIDE_MULTIPLE}, not ${value}.`);
}

/** For example 1024x768. */
export function pictureSize(name: string, text: string): PictureSize {
	const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? [];
	const [wide, high] = [pixels(name, width), pixels(name, height)];
	if (wide !== undefined && high !== undefined) return { width: wide, height: high };
	throw new UsageError(`--${name} must look like 1024x768, not "${text}".`);
}

/** A TCP port, 0 for any free one; undefined if the option was not given. */
export function portNumber(text: string | undefined): number | undefined {
	return wholeNumber('port', text, 0, 65_535);
}

/** The path of a folder that is there. */
export function existingFolder(name: string, path: string): string {
	if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
	throw new UsageError(`--${name} names ${path}, which is no folder.`);
}

const BYTES_OF_UNIT: Readonly<Record<string, number | undefined>> = {
	mb: 1e6,
	gb: 1e9,
	mib: 2 ** 20,
	gib: 2 ** 30,
};

/** A size with its unit, for example 2GB or "2.5 GiB", in bytes; undefined if the option was not given. */
export function byteCount(name: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text) ?? [];
	const bytes = Math.round(Number(amount) * (BYTES_OF_UNIT[unit.toLowerCase()] ?? 0));
	if (bytes > 0) return bytes;
	throw new UsageError(`--${name} must be a size such as 2GB, 2.5GB or 1500MB, not "${text}".`);
}

export function gpuChoice(text: string): GpuChoice {
	if (text === 'auto' || text === 'software' || text === 'hardware') return text;
	throw new UsageError(`--gpu must be auto, software or hardware, not "${text}".`);
}
