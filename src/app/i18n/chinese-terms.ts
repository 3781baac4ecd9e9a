import type { RecipeField } from '../../recipe/recipe-fields.ts';
import type { ForeignStep } from '../../recipe/recipe-warning.ts';

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
	eta: '随机性 eta',
	noiseScale: '噪声强度',
	noiseSource: '随机数来源',
	variationSeed: '变化种子',
	variationStrength: '变化强度',
	seedDelta: '种子增量（ENSD）',
	adapters: '适配器（LoRA）',
	sourcePicture: '源图片',
	sourceMask: '蒙版',
	denoisingStrength: '重绘幅度',
	references: '参考图片',
	controls: '控制图片',
};

/** What is said of what another program did besides; names may follow in brackets. */
export const CHINESE_STEPS: Readonly<Record<ForeignStep, string>> = {
	'second-pass': '原图还经过第二次绘制，这里不会进行',
	'part-of-steps': '原图只运行了部分步数，这里会运行全部',
	control: '引导画面的控制网络未被采用',
	'source-picture': '原图是在另一张图片上重绘的，而该图片不在此文件中',
	inpainting: '原图只重绘了另一张图片的一部分，而该图片不在此文件中',
	'reference-picture': '原图参考的图片未被采用',
	'after-work': '画完之后对图片所做的处理未被采用',
	detailer: '原图重绘了面部等局部，这里不会进行',
	refiner: '精修模型（refiner）未被采用',
	'mixed-noise': '原图的噪声是混合的，或按其他尺寸生成，在这里画出的图片会有所不同',
	'gpu-noise': '该程序的噪声可能由 GPU 生成：同一种子在这里可能画出不同的图片',
	tiling: '无缝平铺的设置未被采用',
	'prompt-weights': '提示词中的权重写法（如 (word:1.2)）在这里只当作普通文字',
	embeddings: '嵌入（embedding）未被采用',
	'several-prompts': '原图合并了多条提示词，这里只采用第一条',
	styles: '改动提示词的风格预设未被采用',
	batch: '此图可能是同批多张中的一张，这里只画第一张',
	unknown: '这里不认识以下内容，它们可能影响了画面',
};
