import type { FileWithoutRecipe } from '../../share/files/read-recipe-file.ts';

const OTHERS = {
	'other-picture':
		'is a picture of a kind whose settings cannot be read. Use a PNG, JPEG or WebP file.',
	video: 'is a video, not a picture.',
	archive: 'is an archive. Unpack it and use one of its pictures.',
	pdf: 'is a document, not a picture.',
	empty: 'is empty. Get the file again.',
	unknown:
		'is not a picture. Use a PNG, JPEG or WebP file, or a ComfyUI workflow in the API format.',
} as const;

/** @param name of the file */
export function englishFile(name: string, file: FileWithoutRecipe): string {
	switch (file.type) {
		case 'weights':
			return file.format === 'safetensors'
				? `“${name}” is a model file, not a picture. Models are installed under “Models”.`
				: `“${name}” is a model file of a format that Shardlight does not read. Get a .safetensors file and install it under “Models”.`;
		case 'unreadable':
			return `“${name}” cannot be read: it may be a folder, or have been moved or changed. Choose it again.`;
		case 'other':
			return `“${name}” ${OTHERS[file.format]}`;
		case 'no-recipe':
			break;
	}
	if (file.why === 'damaged') return `“${name}” is damaged. Use the original file.`;
	if (file.why === 'workflow') {
		return `“${name}” holds a workflow, but not the graph that was run. In ComfyUI, save it with Export (API) and use that file.`;
	}
	switch (file.format) {
		case 'json':
			return `“${name}” holds no settings that are known here. Use a picture, or a ComfyUI workflow saved with Export (API).`;
		case 'text':
			return `“${name}” is not a picture, and holds no settings.`;
		default:
			return `“${name}” carries no prompt or settings. Many sites remove them: use the original file.`;
	}
}
