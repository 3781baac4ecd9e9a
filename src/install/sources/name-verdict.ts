import type { CheckpointFiles, SimilarModel } from '../../families/parts/checkpoint-files.ts';

/** What the names along a file's path say of whose weights it holds. */
export type NameVerdict =
	| { readonly says: 'this' | 'nothing' }
	| { readonly says: 'another'; readonly model: SimilarModel };

/** Models of the same extents are told apart by their names alone; the name nearest to the file counts. */
export function nameVerdict(path: string, files: CheckpointFiles): NameVerdict {
	for (const name of namesAlong(path)) {
		const model = files.similar?.find((one) => one.name?.test(name));
		if (model !== undefined) return { says: 'another', model };
		if (files.named?.test(name)) return { says: 'this' };
	}
	return { says: 'nothing' };
}

/** Whether a file has the published name, whatever stands between its words. */
export function hasPublishedName(path: string, { instead }: CheckpointFiles): boolean {
	const fold = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');
	return fold(fileName(path)) === fold(fileName(instead));
}

/** The file's name, its folder's and so on, as far as people give them. */
function namesAlong(path: string): readonly string[] {
	const [file = '', ...folders] = path.split('/').reverse();
	// The hub's cache calls its folders models--owner--name.
	return [fileName(file), ...folders].map((name) => name.split('--').at(-1) ?? name);
}

function fileName(path: string): string {
	const name = path.slice(path.lastIndexOf('/') + 1);
	return name.replace(/\.\w+$/, '').replace(/-\d{5}-of-\d{5}$/, '');
}
