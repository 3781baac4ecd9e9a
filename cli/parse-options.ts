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

export function gpuChoice(text: string): GpuChoice {
	if (text === 'auto' || text === 'software' || text === 'hardware') return text;
	throw new UsageError(`--gpu must be auto, software or hardware, not "${text}".`);
}
