import type { RecipeField } from '../../recipe/recipe-fields.ts';

const PARTS: ReadonlyMap<string, string> = new Map([
	['text_encoder', '文本编码器'],
	['transformer', '扩散模型主干'],
	['vae', '图像解码器（VAE）'],
]);

/** What a part of a model is called in a sentence. */
export function chinesePart(id: string): string {
	return PARTS.get(id) ?? id;
}

/** What the settings of a recipe are called. */
export const CHINESE_FIELDS: Readonly<Record<RecipeField | 'size', string>> = {
	prompt: '提示词',
	seed: '种子',
	width: '宽度',
	height: '高度',
	size: '尺寸',
	steps: '步数',
	model: '模型',
	revision: '模型版本',
	negativePrompt: '负面提示词',
	guidanceScale: '引导强度',
	guidanceNormalization: '引导归一化',
	guidanceTruncation: '引导截断',
	sampler: '采样器',
	schedule: '调度方式',
	shift: 'Shift 偏移',
	adapters: '适配器（LoRA）',
	sourcePicture: '源图片',
	sourceMask: '蒙版',
	denoisingStrength: '重绘幅度',
	references: '参考图片',
	controls: '控制图片',
};
