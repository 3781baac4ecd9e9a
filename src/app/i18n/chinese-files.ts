import type { FileWithoutRecipe } from '../../share/files/read-recipe-file.ts';

const OTHERS = {
	'other-picture': '是一种无法读取设置的图片，请使用 PNG、JPEG 或 WebP 文件。',
	video: '是视频，不是图片。',
	archive: '是压缩包，请解压后使用其中的图片。',
	pdf: '是文档，不是图片。',
	empty: '是空文件，请重新获取。',
	unknown: '不是图片。请使用 PNG、JPEG 或 WebP 文件，或以 API 格式导出的 ComfyUI 工作流。',
} as const;

/** @param name of the file */
export function chineseFile(name: string, file: FileWithoutRecipe): string {
	switch (file.type) {
		case 'weights':
			return file.format === 'safetensors'
				? `“${name}”是模型文件，不是图片。模型请在“模型”中安装。`
				: `“${name}”是 Shardlight 无法读取的模型格式。请获取 .safetensors 文件，并在“模型”中安装。`;
		case 'unreadable':
			return `无法读取“${name}”：它可能是文件夹，或已被移动或修改。请重新选择。`;
		case 'other':
			return `“${name}”${OTHERS[file.format]}`;
		case 'no-recipe':
			break;
	}
	if (file.why === 'damaged') return `“${name}”已损坏，请使用原始文件。`;
	if (file.why === 'workflow') {
		return `“${name}”包含工作流，但没有实际运行的节点图。请在 ComfyUI 中用“导出（API）”保存，再使用该文件。`;
	}
	switch (file.format) {
		case 'json':
			return `“${name}”中没有这里认识的设置。请使用图片，或用“导出（API）”保存的 ComfyUI 工作流。`;
		case 'text':
			return `“${name}”不是图片，也不含任何设置。`;
		default:
			return `“${name}”不含提示词或设置。许多网站会去除它们，请使用原始文件。`;
	}
}
