import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Outcome {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

async function run(tool: string, ...args: readonly string[]): Promise<Outcome> {
	const program = fileURLToPath(new URL(`../../../cli/${tool}.ts`, import.meta.url));
	const child = spawn(process.execPath, ['--import', 'tsx', program, ...args]);
	const code = new Promise<number | null>((resolve) => child.on('close', resolve));
	const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
	return { code: await code, out, err };
}

it.each([
	['start', ['--port', 'abc'], '--port must be a whole number'],
	['generate', ['--prompt', 'a fox', '--width', '1000'], '--width must be a multiple of 16'],
	['bench', [], 'What is to be measured?'],
	['convert', ['--from', '.', '--to', 'x', '--size', '9x9'], '--size must be a whole number'],
	['convert', ['--from', 'no/such', '--to', 'x'], '--from names no/such, which is no folder'],
] as const)('%s %j is told in a line, without a stack trace', async (tool, args, said) => {
	const { code, out, err } = await run(tool, ...args);
	expect(code).toBe(2);
	expect(err).toContain(said);
	expect(err).toMatch(/Try --help\.\n$/);
	expect(err).not.toMatch(/^\s+at /m);
	expect(out).toBe('');
});

it.each(['start', 'generate', 'convert', 'verify', 'bench'])('%s has help', async (tool) => {
	const { code, out } = await run(tool, '--help');
	expect(code).toBe(0);
	expect(out).toMatch(/^ {2}npm (start|run \w+) -- /m);
});

it('with --json a failure is JSON too', async () => {
	const { code, out } = await run('generate', '--json');
	expect(code).toBe(2);
	expect(JSON.parse(out)).toEqual({
		error: { name: 'UsageError', message: '--prompt is missing.' },
	});
});
