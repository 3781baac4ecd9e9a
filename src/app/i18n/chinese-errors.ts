import type { ErrorData } from '../../errors/app-error.ts';
import type { ErrorSentences } from '../../errors/error-sentences.ts';
import { downToTenth, type Formats, upToTenth } from '../format.ts';
import { CHINESE_FIELDS } from './chinese-terms.ts';

type Data<Code extends keyof ErrorData> = ErrorData[Code];
/** A fault of a checkpoint. */
type Of<Problem extends string> = Extract<Data<'checkpoint'>, { readonly problem: Problem }>;

const FORMATS: Readonly<Record<Of<'foreign'>['kind'], string>> = {
	gguf: ' GGUF 文件，其权重通常已被量化',
	zip: ' zip 文件或 PyTorch 检查点',
	pytorch: ' PyTorch 检查点',
	'lfs-pointer': ' Git LFS 指针，而不是它所指向的文件',
	'web-page': '一个网页，说明该地址并不指向文件本身',
};

const VALUES: Readonly<Record<Of<'tensor-value'>['value'], string>> = {
	'not-a-number': '不是数字的值',
	'too-large': '超过 65504 的值，而这是 FP16 能表示的最大值',
};

const FIELD_KINDS = {
	'positive-integer': '正整数',
	number: '数字',
	'positive-number': '大于 0 的数字',
	'true-or-false': ' true 或 false',
	'positive-integers': '正整数列表',
	object: ' JSON 对象',
} as const;

const WORKERS: Readonly<Record<Data<'worker-crashed'>['worker'], string>> = {
	engine: '绘图引擎',
	install: '安装程序',
	hash: '文件校验程序',
	lab: '测量程序',
};

const ENDS: Readonly<Record<Data<'worker-crashed'>['end'], string>> = {
	failed: '运行出错',
	killed: '被浏览器终止，可能是内存不足',
	closed: '已被关闭',
	silent: '不再响应',
	unstarted: '没有启动',
};

const GAPS: Readonly<Record<Data<'webgpu-unavailable'>['reason'], string>> = {
	'no-webgpu': '此浏览器没有 WebGPU：请通过 https 或 localhost 使用 Chrome 144 或更高版本。',
	'no-adapter':
		'WebGPU 没有找到显卡：请在浏览器中开启图形加速，或更新显卡驱动。若以前可以使用，请重启浏览器。',
	refused: '显卡无法打开：请重启浏览器，或更新显卡驱动。',
	silent: '浏览器的 GPU 进程没有响应：请重启浏览器，或更新显卡驱动。',
};

const LINKS: Readonly<Record<Data<'recipe-link'>['problem'], string>> = {
	'no-recipe': '此链接中没有图片设置。请重新索取链接，或自己写提示词。',
	'newer-version': '此链接由更新版本的 Shardlight 生成。请重新加载页面以获取新版本，再打开链接。',
	broken: '此链接已损坏：内容被改动或截断。请重新复制完整的链接。',
	'too-long': '提示词太长，无法放进链接。请改为保存图片，文件中带有完整的提示词。',
};

function missingFile({ file, what }: Data<'files-missing'>['missing'][number]): string {
	return what === undefined ? file : `${what}（${file}）`;
}

function passedOver(configs: readonly string[]): string {
	return `已略过其他模型的配置：${configs.join('、')}。`;
}

function configFault(fault: Data<'config'>): string {
	switch (fault.problem) {
		case 'field': {
			const { file, field, expected, most, given } = fault;
			const what = field === undefined ? `${file} ` : `${file} 中的“${field}”`;
			const not = given === undefined ? '' : `，而不是 ${given}`;
			const bound = most === undefined ? '' : `（最大 ${most}）`;
			return `${what}应为${FIELD_KINDS[expected]}${bound}${not}。请使用模型自带的文件。`;
		}
		case 'misfit':
			return `${fault.file} 描述的模型无法用于绘图（${inOriginal(fault.detail)}）。`;
		case 'foreign-part':
			return `${fault.file} 无法使用（${inOriginal(fault.detail)}）。请使用模型自带的文件。`;
		case 'unknown-family':
			return `此版本不认识模型系列“${fault.family}”。请重新加载页面以获取最新版本。`;
	}
}

function checkpointFault(fault: Data<'checkpoint'>): string {
	switch (fault.problem) {
		case 'foreign':
			return `这是${FORMATS[fault.kind]}。请改用${fault.get === undefined ? '' : ` ${fault.get}：`}带有完整权重的 safetensors 文件。`;
		case 'damaged':
			return `这不是完整的 safetensors 文件（${inOriginal(fault.detail)}）。请重新下载，或选择其他文件。`;
		case 'not-json':
			return '这不是有效的 JSON。请重新下载。';
		case 'lora':
			return `此文件中没有 ${fault.what}，它是一个 LoRA。请使用 ${fault.get}。`;
		case 'other-contents': {
			const { what, holds, get } = fault;
			const instead =
				holds.length === 0
					? '如果模型分成多个文件，请全部选中。'
					: `其中是 ${holds.join(' 和 ')}。`;
			return `此文件中没有 ${what}。${instead}请使用 ${get}。`;
		}
		case 'other-model':
			return `从名称看这是 ${fault.named}，而不是 ${fault.what}：尺寸相同而权重不同，在这里会画出模糊或错误的图片。请使用 ${fault.get}；如果它确实就是该文件，请改成这个名称。`;
		case 'quantised': {
			const to = fault.format === undefined ? '' : `为 ${fault.format}`;
			return `此文件的权重已被量化${to}（见张量 ${fault.tensor}）。Shardlight 只能使用完整权重，请使用 ${fault.get}。`;
		}
		case 'tensor-missing':
			return `文件中缺少张量 ${fault.tensor}。请使用 ${fault.get}。`;
		case 'tensor-type': {
			const { tensor, dtype, get = '未量化的文件' } = fault;
			return `张量 ${tensor} 的类型是 ${dtype}，只能转换 BF16、FP16 和 FP32 权重。请使用 ${get}。`;
		}
		case 'tensor-shape':
			return `张量 ${fault.tensor} 的形状是 [${fault.shape.join(', ')}]，与此模型的 [${fault.expected.join(', ')}] 不符。请使用 ${fault.get}。`;
		case 'tensors-overlap':
			return `张量 ${fault.tensor} 和 ${fault.other} 占用了文件中相同的字节。请选择公开发布的文件。`;
		case 'tensor-value':
			return `张量 ${fault.tensor} 含有${VALUES[fault.value]}（位置 ${fault.index}）。文件已损坏，或不是公开发布的文件，请选择其他文件。`;
	}
}

const WHOLE = {
	model: '完整的模型',
	'text-encoder': '文本编码器',
	autoencoder: '自编码器',
} as const;
const ADVICE =
	'Shardlight 使用 Z-Image-Turbo 绘图，因此无法使用它：请选择页面上注明 Z-Image 或 Z-Image Turbo 的文件。';

function adapterFault(fault: Data<'adapter'>, formats: Formats): string {
	switch (fault.problem) {
		case 'other-model':
			return `此适配器是为 ${fault.made} 制作的。${ADVICE}`;
		case 'other-width':
			return `此适配器是为宽度 ${fault.width} 的模型制作的。${ADVICE}`;
		case 'unknown-model':
			return `此适配器是为 Shardlight 不认识的模型制作的。${ADVICE}`;
		case 'unknown-modules':
			return `此适配器声称为 Z-Image 制作，但 Shardlight 不认识其中部分的名称（${fault.key}）。请改用 ComfyUI 或 diffusers 格式的文件。`;
		case 'controlnet':
			return '这是 Z-Image 的 ControlNet，不是适配器。';
		case 'whole':
			return `这是${WHOLE[fault.what]}，不是适配器。`;
		case 'quantised':
			return `此适配器已被量化：张量 ${fault.tensor} 的类型是 ${fault.dtype}。请使用 FP32、FP16、BF16 或 FP8 的文件。`;
		case 'not-a-number':
			return `适配器中含有无效的数值（在 ${fault.tensor} 中）：文件已损坏，或训练失败。请重新下载或换用其他文件。`;
		case 'too-large': {
			const what = fault.what === 'file' ? '此文件' : '此适配器对整个矩阵的改动';
			return `${what}有 ${formats.bytes(upToTenth(fault.bytes))}，最多只能使用 ${formats.bytes(downToTenth(fault.limitBytes))}。请使用秩更低的 LoRA。`;
		}
	}
}

/** What a driver, a server or the browser said, in its own words: mostly English. */
function inOriginal(detail: string): string {
	return `原文：“${detail}”`;
}

export function chineseErrors(formats: Formats): ErrorSentences {
	const repairIt = '点击“修复”即可重新获取，其余部分保持不变。';
	return {
		'worker-crashed': ({ worker, end, detail }) =>
			`${WORKERS[worker]}意外停止（${detail === undefined ? ENDS[end] : inOriginal(detail)}）。再次尝试时会重新启动，已保存的内容不受影响。`,

		'webgpu-unavailable': ({ reason, detail }) =>
			GAPS[reason] + (detail === undefined ? '' : `（${inOriginal(detail)}）`),
		'webgpu-paused': () =>
			'浏览器已停止本页使用 WebGPU：其 GPU 进程接连崩溃时会如此。请用浏览器的刷新按钮重新加载页面，' +
			'或等待两分钟后点击“生成”；若仍无法使用，请重启浏览器。',
		'gpu-device-lost': ({ reason }) =>
			`GPU 已被重置（${inOriginal(reason)}）。已保存的内容不受影响，点击“生成”即可重新开始。`,
		'out-of-gpu-memory': ({ what, bytes }) =>
			`显存不足（“${what}”，${formats.bytes(bytes)}）。请在“显存”中调低预算、关闭其他占用 GPU 的程序，` +
			'或选择更小的尺寸，然后点击“生成”。',
		'gpu-fault': ({ detail }) =>
			`GPU 拒绝执行任务（${inOriginal(detail)}）。请点击“生成”重试；若仍出现，请更新 Chrome 和显卡驱动。`,
		'gpu-limit': ({ what, bytes, limitBytes }) =>
			`此 GPU 无法整块容纳“${what}”（${formats.bytes(bytes)}）：其上限为 ${formats.bytes(limitBytes)}。` +
			'调整预算无济于事，更新驱动或更换 GPU 或许可以。',
		'gpu-keeps-failing': ({ times, reason }) =>
			`GPU 已接连 ${times} 次失去响应（${inOriginal(reason)}），再来一次可能会让整个浏览器无法使用 GPU。` +
			'请更新显卡驱动，或在“显存”中调低预算。若仍要尝试，请点击“生成”，任务会被分得更小。',
		'gpu-dropped-work': () =>
			'GPU 两次漏掉了交给它的任务，因此没有画出图片。请关闭其他占用 GPU 的程序，并更新显卡驱动或系统，' +
			'然后点击“生成”：此后每份任务都会更小。',
		'scratch-limit': ({ graph, limitBytes, leastBytes }) =>
			`${graph} 至少需要 ${formats.bytes(leastBytes)} 临时显存，而只允许 ${formats.bytes(limitBytes)}。` +
			'请在“显存”中提高预算，或选择更小的尺寸。',
		shape: ({ detail }) => `程序内部的数据有误（${inOriginal(detail)}）。请重新加载页面再试。`,

		'engine-busy': () => '正在绘制另一张图片。请等待完成，或先取消。',
		'empty-prompt': () => '提示词为空。请先描述想要的画面，例如“一个红色的圆”。',
		'invalid-recipe': ({ field, value, least, most, multiple, nearest }) =>
			`${CHINESE_FIELDS[field]}必须是 ${least} 到 ${most} 之间的${multiple === undefined ? '整数' : ` ${multiple} 的倍数`}，而不是 ${value}。${nearest === undefined ? '' : `最接近的可用值是 ${nearest}。`}`,
		'unsupported-options': ({ options }) =>
			`此模型无法使用这些设置：${formats.list(options.map((option) => CHINESE_FIELDS[option]))}。请去掉它们后再试。`,
		'budget-too-small': ({ width, height, leastBytes, budgetBytes }) =>
			`绘制 ${width} × ${height} 像素的图片至少需要 ${formats.bytes(upToTenth(leastBytes))} 显存，` +
			`而预算只有 ${formats.bytes(downToTenth(budgetBytes))}。请在“显存”中提高预算，或选择更小的尺寸。`,
		'non-finite': ({ block, when }) =>
			`GPU 算出了无效的数值（首先出现在 ${block}；${inOriginal(when)}），绘制已停止。请点击“修复”检查模型，或更新显卡驱动。`,

		'model-not-installed': ({ modelId }) => `模型“${modelId}”尚未安装。请先安装，然后重新生成。`,
		'model-too-new': ({ modelId }) =>
			`模型“${modelId}”由更新版本的 Shardlight 安装。请重新加载页面以获取最新版本；模型仍保留。`,
		manifest: ({ field, detail }) =>
			`此文件夹的 manifest.json 无法使用（${field}；${inOriginal(detail)}）。请用 npm run convert 重新转换，或选择其他文件夹。`,
		'shard-missing': ({ modelId, shard }) => `模型“${modelId}”缺少一部分（${shard}）。${repairIt}`,
		'shard-corrupt': ({ modelId, shard, detail }) =>
			`模型“${modelId}”有一部分已损坏（${shard}；${inOriginal(detail)}）。${repairIt}`,
		'storage-full': ({ neededBytes }) =>
			`磁盘已满，或浏览器不再为本页分配空间：还需要 ${formats.bytes(neededBytes)}。` +
			'请腾出空间后继续，已保存的部分会保留。',
		'store-busy': ({ object }) =>
			`本页的另一个标签页正在使用同一个模型（${object}）。请关闭它或等待完成后再试。`,
		'backend-unavailable': ({ backend }) =>
			`此浏览器不能用“${backend}”存储模型。请改用另一种存储方式，或更新浏览器。`,

		download: ({ url, reason }) =>
			`无法获取 ${url}（${inOriginal(reason)}）。请检查网络后再次点击“安装”，将从中断处继续。`,
		integrity: ({ file }) =>
			`${file} 下载后已损坏：SHA-256 与公布的不符。请再次点击“安装”；若再次出现，说明服务器上的同名文件不是原来的文件。`,
		checkpoint: (fault) =>
			(fault.file === undefined ? '' : `${fault.file}：`) +
			checkpointFault(fault) +
			(fault.passedOver === undefined ? '' : passedOver(fault.passedOver)),
		adapter: (fault) => adapterFault(fault, formats),
		'adapter-missing': ({ missing }) => {
			const named = missing.map(
				({ name, hash }) => `${name}${hash === undefined ? '' : `（${hash}）`}`,
			);
			return `这张图片使用的适配器不在此设备上：${formats.list(named)}。请在“模型”中添加文件以绘制同样的图片，或关闭它再绘制。`;
		},
		config: configFault,
		'source-changed': ({ file, detail, at }) =>
			`${file} 在安装期间发生了变化（${inOriginal(detail)}）。` +
			(at === 'disk'
				? '请重新选择文件夹或文件：来自旧文件的部分会重新读取，其余保留。'
				: '请再次点击“安装”：来自旧文件的部分会重新获取，其余保留。'),
		'source-needed': ({ modelId }) =>
			`“${modelId}”是用本地文件安装的，而本页已无法再读取这些文件。请重新选择原来的文件，将从中断处继续。`,
		'files-missing': ({ missing, found, lookedAt }) =>
			`缺少以下文件：${missing.map((one) => `✗ ${missingFile(one)}`).join('；')}。` +
			(found.length === 0
				? ''
				: `已找到：${found.map((one) => `✓ ${missingFile(one)}`).join('；')}。`) +
			(lookedAt === undefined ? '' : `共查看了 ${formats.integer(lookedAt)} 个文件。`) +
			'请选择包含全部文件的文件夹，或一次选中所有文件。',
		'install-busy': ({ where }) =>
			`${where === 'this tab' ? '本标签页' : '另一个标签页'}正在安装。请等待它完成，或先在那里暂停。`,

		'history-full': () =>
			'历史记录已没有空间保存这张图片，之前的图片都还在。请先保存这张图片，再导出并删除一些旧图片。',
		'history-unavailable': ({ detail }) =>
			`无法打开历史记录（${inOriginal(detail)}）。仍可绘制和保存图片；请重新加载页面，或允许本站存储数据。`,
		'picture-lost': ({ id }) => `图片 ${id} 已不在历史记录中。如果它的设置还显示着，可以重新生成。`,

		'recipe-link': ({ problem }) => LINKS[problem],
		png: ({ detail }) =>
			`无法将此文件读作 PNG 图片（${inOriginal(detail)}）。请使用原始 PNG 文件。`,
		inflate: ({ detail }) => `压缩的文字无法使用（${inOriginal(detail)}）。请重新获取链接或文件。`,
	};
}
