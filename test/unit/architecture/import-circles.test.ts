import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

type Imports = ReadonlyMap<string, readonly string[]>;

/** Of every source file, the source files that it imports, types included. */
function importsIn(folder: string): Imports {
	const files = readdirSync(join(ROOT, folder), { encoding: 'utf8', recursive: true })
		.filter((name) => /\.(ts|svelte)$/.test(name))
		.map((name) => join(folder, name));
	return new Map(
		files.map((file) => {
			const source = readFileSync(join(ROOT, file), 'utf8');
			const code = file.endsWith('.svelte') ? scriptsOf(source) : source;
			const { importedFiles } = ts.preProcessFile(code);
			const imported = importedFiles
				.map(({ fileName }) => fileName)
				.filter((name) => name.startsWith('.'))
				.map((name) => normalize(join(dirname(file), name)));
			return [file, imported];
		}),
	);
}

function scriptsOf(svelte: string): string {
	return [...svelte.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, code]) => code).join('\n');
}

/** Files, or folders, in the order of a circle; undefined where there is none. */
function circleIn(imports: Imports): readonly string[] | undefined {
	const done = new Set<string>();
	const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
		if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
		if (done.has(file)) return undefined;
		for (const imported of imports.get(file) ?? []) {
			const circle = visit(imported, [...path, file]);
			if (circle !== undefined) return circle;
		}
		done.add(file);
		return undefined;
	};
	for (const file of imports.keys()) {
		const circle = visit(file, []);
		if (circle !== undefined) return circle;
	}
	return undefined;
}

/** The same between the folders that the files lie in. */
function betweenFolders(imports: Imports): Imports {
	const folders = new Map<string, string[]>();
	for (const [file, imported] of imports) {
		const others = imported.map((each) => dirname(each)).filter((each) => each !== dirname(file));
		folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), ...others]);
	}
	return folders;
}

it('no file imports itself by way of others', () => {
	const imports = importsIn('src');
	expect(imports.size).toBeGreaterThan(200);
	expect([...imports.values()].flat().length).toBeGreaterThan(imports.size);
	expect(circleIn(imports)).toBeUndefined();
});

it('the folders of the kernels import each other in one direction', () => {
	expect(circleIn(betweenFolders(importsIn('src/gpu/kernels')))).toBeUndefined();
});

it('finds a circle, of types too', () => {
	const circle = new Map([
		['a.ts', ['b.ts', 'c.ts']],
		['b.ts', ['c.ts']],
		['c.ts', ['b.ts']],
	]);
	expect(circleIn(circle)).toEqual(['b.ts', 'c.ts', 'b.ts']);
	const { importedFiles } = ts.preProcessFile("import type { A } from './a.ts';");
	expect(importedFiles.map(({ fileName }) => fileName)).toEqual(['./a.ts']);
});
