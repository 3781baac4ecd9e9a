import { statSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { GpuChoice } from '../scripts/webgpu/launch-options.ts';
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

/** A whole number not below `least`, or undefined if the option was not given. */
export function wholeNumber(
	name: string,
	text: string | undefined,
	least: number,
): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
		throw new UsageError(`--${name} must be a whole number of at least ${least}, not "${text}".`);
	}
	return value;
}

/** A TCP port, 0 for any free one; undefined if the option was not given. */
export function portNumber(text: string | undefined): number | undefined {
	const port = wholeNumber('port', text, 0);
	if (port !== undefined && port > 65_535) {
		throw new UsageError(`--port must be at most 65535, not "${text}".`);
	}
	return port;
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
