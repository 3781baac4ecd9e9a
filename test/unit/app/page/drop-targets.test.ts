import { expect, test } from 'vitest';
import { type DropTarget, dropTargets, targetOf } from '../../../../src/app/page/drop-targets.ts';

test.each<[string, readonly string[], readonly DropTarget[]]>([
	['a picture', ['image/png'], ['settings', 'history']],
	['several pictures', ['image/png', 'image/webp'], ['history', 'settings']],
	['a zip', ['application/zip'], ['history']],
	['a zip as Windows calls it', ['application/x-zip-compressed'], ['history']],
	['a workflow', ['application/json'], ['settings']],
	['what the browser does not know', [''], ['settings', 'models']],
])('%s may be dropped for what it can be', (_what, types, targets) => {
	expect(dropTargets(types)).toEqual(targets);
});

test.each<[readonly string[], DropTarget]>([
	[['a.png'], 'settings'],
	[['notes.txt'], 'settings'],
	[['a.png', 'b.png'], 'history'],
	[['pictures.ZIP'], 'history'],
	[['model.safetensors'], 'models'],
])('beside every zone %j goes to the %s', (names, target) => {
	expect(targetOf(names)).toBe(target);
});
