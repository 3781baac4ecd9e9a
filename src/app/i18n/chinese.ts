import type { PictureSize, Stage } from '../../engine/engine.ts';
import type { RecipeWarning } from '../../recipe/recipe-warning.ts';
import type { Formats } from '../format.ts';
import type { ThemeChoice } from '../page/theme.svelte.ts';
import { chineseErrors } from './chinese-errors.ts';
import { CHINESE_FIELDS, CHINESE_STEPS, chinesePart } from './chinese-terms.ts';
import { chineseAdapters } from './chinese-adapters.ts';
import { chineseFile } from './chinese-files.ts';
import type { Messages } from './messages.ts';

const STAGES: Readonly<Record<Stage, string>> = {
	tokenise: '正在读取提示词',
	encode: '正在理解提示词',
	sample: '正在绘制',
	decode: '正在显影',
};

const THEMES: Readonly<Record<ThemeChoice, string>> = {
	system: '跟随系统',
	light: '浅色',
	dark: '深色',
};

function sayWarning(warning: RecipeWarning, formats: Formats): string {
	switch (warning.problem) {
		case 'unreadable':
			return `无法读取${CHINESE_FIELDS[warning.field]}“${warning.given}”，已忽略。生成前请检查设置。`;
		case 'out-of-range':
			return `${CHINESE_FIELDS[warning.field]} ${warning.given} 超出范围，已忽略。`;
		case 'adjusted':
			return `此处不支持${CHINESE_FIELDS[warning.field]} ${warning.given}，已改用 ${warning.used}。`;
		case 'cut':
			return `${CHINESE_FIELDS[warning.field]}太长，末尾已截断。生成前请检查。`;
		case 'incomplete':
			return `${CHINESE_FIELDS[warning.field]}只给出了一边，保留您原来的设置。`;
		case 'newer': {
			const made = '这些设置来自更新版本的 Shardlight';
			const { settings } = warning;
			return settings.length === 0
				? `${made}，在这里画出的图片可能有所不同。`
				: `${made}，此版本忽略其中的：${formats.list(settings)}。`;
		}
		case 'no-prompt':
			return '其中没有找到提示词，已保留您的。';
		case 'not-drawn': {
			const { step, names } = warning;
			return `${CHINESE_STEPS[step]}${names.length === 0 ? '' : `（${names.join('、')}）`}。`;
		}
	}
}

/** Simplified Chinese. */
export function chinese(formats: Formats): Messages {
	return {
		appName: 'Shardlight',

		language: {
			other: 'English',
			switch: 'Switch to English',
			failed: '未能载入英文界面文字。',
		},

		errors: chineseErrors(formats),
		unexpected: (detail) => `出现意外错误：${detail}`,
		details: '详情',
		close: '关闭',

		more: '更多',

		panes: {
			views: '视图',
			draw: '绘制',
			inputsWidth: '输入栏宽度',
			historyWidth: '历史栏宽度',
			skip: '跳转',
			skipToPicture: '跳到图片',
			skipToHistory: '跳到历史记录',
		},

		theme: {
			label: (choice) => `主题：${THEMES[choice]}`,
			switchTo: (choice) => `切换为${THEMES[choice]}`,
		},

		demo: {
			title: '关于此演示',
			what: '这是演示模型：只会画彩色图形和简单的风景。',
			real: (model, bytes) =>
				`${model} 能画出您描述的内容，需要 ${formats.bytes(bytes)} 磁盘空间，2 GB 显存即可运行，显存越多越快。`,
			slow: '没有显卡时，一张图片需要数小时。',
			get: (model) => `获取 ${model}…`,
		},

		machine: {
			title: '这台电脑',
			open: '显存、引擎与存储',
			sentence: (bytes, budget) =>
				`上一张图片用了 ${formats.bytes(bytes)}，上限为 ${formats.bytes(budget)}。`,
			storage: '存储',
			manage: '管理已存内容…',
			looking: '正在查找 GPU…',
			processor: '没有显卡',
			allowed: (bytes) => `最多 ${formats.bytes(bytes)}`,
			used: (bytes, budget) => `${formats.bytes(bytes)} / ${formats.bytes(budget)}`,
			step: (milliseconds) => `每步 ${formats.roughSeconds(milliseconds)}`,
			look: '请留意',
		},

		machineTest: {
			title: '测试这台电脑',
			about:
				'检查显卡、驱动和磁盘运行 Shardlight 的情况，并生成一份可附在问题反馈中的文本。' +
				'需要一两分钟，会临时写入 256 MB，不含任何个人信息，也不会发送任何内容。',
			run: '测试这台电脑',
			again: '重新测试',
			running: (section) => `正在测试：${section}…`,
			report: '这台电脑的测试报告',
			copy: '复制报告',
			copied: '已复制，请粘贴到问题反馈中。',
		},

		start: {
			starting: '正在查找 GPU…',
			failedTitle: 'Shardlight 未能启动',
			tryAgain: '重试',
			noModels: '这份 Shardlight 没有提供任何模型，模型地址可能有误。',
		},

		unavailable: {
			title: 'Shardlight 需要 WebGPU',
			intro: '图片由这台电脑的显卡绘制，但此浏览器无法使用它：',
			adviceTitle: '通常可以这样解决',
			advice: [
				{
					title: '使用较新的 Chrome 或 Edge',
					text: '需要 134 或更高版本。在下面的页面顶部可以看到版本号。',
					address: 'chrome://settings/help',
				},
				{
					title: '开启图形加速',
					text: '打开“使用图形加速功能（如果可用）”，然后重启浏览器。',
					address: 'chrome://settings/system',
				},
				{
					title: '更新显卡驱动',
					text: '从 NVIDIA、AMD 或 Intel 官网获取。下面的页面会说明浏览器拒绝驱动的原因。',
					address: 'chrome://gpu',
				},
				{
					title: '在 Linux 上使用 Vulkan 绘制',
					text:
						'用参数 --enable-features=Vulkan,VulkanFromANGLE,DefaultANGLEVulkan 启动浏览器，' +
						'或启用此标志以及旁边的 Vulkan，然后重启浏览器。',
					address: 'chrome://flags/#enable-unsafe-webgpu',
				},
				{
					title: '有两块显卡时，让 Chrome 使用较快的一块',
					text: '在 Windows 的“设置”›“系统”›“屏幕”›“显示卡”中添加浏览器并选择“高性能”，或启用此标志。',
					address: 'chrome://flags/#force-high-performance-gpu',
				},
			],
			insecure:
				'此页面通过普通 HTTP 打开。只有通过 https:// 或 localhost 打开的页面才能使用 WebGPU。',
			copyAddress: (address) => `复制 ${address}`,
			copied: '已复制',
			tryAgain: '重新检查',
		},

		gpu: {
			software: '未找到显卡，由处理器代为计算：绘制会比较慢。',
			slower: (gpu) =>
				`Chrome 正在使用 ${gpu}。如果这台电脑还有更快的显卡，请在 Windows 的“设置”›“系统”›“屏幕”›“显示卡”中` +
				'添加浏览器并选择“高性能”，然后重启浏览器。',
		},

		install: {
			title: (model) => `正在准备 ${model}`,
			repairTitle: (model) => `正在修复 ${model}`,
			failedTitle: (model) => `${model} 尚不完整`,
			cancelledTitle: (model) => `绘制需要 ${model}`,
			cancelledText: (bytes) => `需要 ${formats.bytes(bytes)} 磁盘空间。已下载的部分会保留。`,
			progressLabel: '安装进度',
			progress: (done, total) => `${formats.bytes(done)} / ${formats.bytes(total)}`,
			speed: (bytesPerSecond) => `${formats.bytes(bytesPerSecond)}/秒`,
			preparing: '正在准备…',
			cancel: '取消安装',
			install: '安装',
			installAgain: '重新安装',
			done: (model) => `${model} 已就绪。`,
			dismiss: '关闭安装提示',
		},

		composer: {
			title: '创作',
			modelLabel: '模型',
			modelToInstall: (name, bytes) => `${name}（需安装 ${formats.bytes(bytes)}）`,
			promptLabel: '提示词',
			promptPlaceholder: '描述您想要的画面…',
			promptEmpty: '请先描述画面。',
			examplesLabel: '试试',
			tokens: (tokens, limit) => `${formats.integer(tokens)} / ${formats.integer(limit)} 个词元`,
			tokensOver: (tokens, limit) =>
				`${formats.integer(tokens)} / ${formats.integer(limit)} 个词元：末尾会被截断`,
			stepsLabel: '步数',
			stepsProblem: (min, max) => `${min} 到 ${max}。`,
			countLabel: '张数',
			countProblem: (max) => `1 到 ${max}。`,
			sizeLabel: '尺寸',
			ratioSquare: '方形',
			ratioLandscape: '横向',
			ratioPortrait: '纵向',
			generate: '生成',
			settings: '设置',
			enqueue: '加入队列',
			cancel: '取消',
			cancelling: '正在停止…',
			keyEnter: 'Enter',
			keyEscape: 'Esc',
			keyControl: 'Ctrl',
			keyCommand: '⌘',
		},

		cards: {
			add: '添加到提示词',
			use: (card) => `使用${card}`,
			remove: (card) => `移除${card}`,
			titles: {
				negative: '负面提示词',
				guidance: '引导强度',
				sampling: '采样器',
				adapters: '适配器',
			},
			refusals: {
				negative: (model) => `${model} 不使用负面提示词。`,
				guidance: (model) => `${model} 不使用引导。`,
				sampling: (model) => `${model} 的采样器不可选择。`,
				adapters: (model) => `${model} 不支持适配器。`,
			},
			negativePlaceholder: '画面中不应出现的内容',
			sampler: '采样器',
			schedule: '调度',
			shift: '偏移',
		},

		seed: {
			label: '种子',
			problem: (max) => `0 到 ${formats.integer(max)} 之间的整数，留空则随机。`,
			random: '随机',
			randomLast: (seed) => `随机（上次 ${seed}）`,
			makeRandom: '每张图片随机种子',
			keepShown: '使用当前图片的种子',
			count: '每张图片种子加一',
		},

		queue: {
			label: '队列',
			title: (count) => `${formats.integer(count)} 张图片在等待`,
			paused: (count) => `已暂停：${formats.integer(count)} 张图片在等待`,
			time: (milliseconds) => formats.roughTime(milliseconds),
			batch: (total, prompt) => `${formats.integer(total)} × ${prompt}`,
			progress: (done, total) => `${formats.integer(done)}/${formats.integer(total)}`,
			move: (prompt) => `移动“${prompt}”`,
			moveHint: '拖动，或按上下方向键',
			movedTo: (place, count) =>
				`已移到第 ${formats.integer(place)} 位，共 ${formats.integer(count)} 位`,
			first: (prompt) => `先画“${prompt}”`,
			edit: (prompt) => `编辑“${prompt}”`,
			edited: '已从队列取回到表单。',
			remove: (prompt) => `把“${prompt}”移出队列`,
			removed: (count) => `已把 ${formats.integer(count)} 张图片移出队列。`,
			pause: '暂停',
			resume: '继续',
			stopAll: '全部停止',
			leftBehind: (count) => `上次还有 ${formats.integer(count)} 张图片在等待。`,
			goOn: '继续',
			discard: '放弃',
			otherTab: '另一个标签页正在绘制，这里的图片在等待。',
			drawnAgain: 'GPU 被重置，正在重新绘制这张图片。',
			lost: '有一张图片丢失：绘制时 GPU 两次被重置。',
			askAgain: '重新绘制',
		},

		progress: {
			label: '绘制进度',
			starting: '正在开始',
			stage: (stage) => STAGES[stage],
			step: (current, total) => `第 ${current} / ${total} 步`,
			block: (current, total) => `第 ${current} / ${total} 块`,
			timeLeft: (milliseconds) => `约剩 ${formats.roughDuration(milliseconds)}`,
			percent: (fraction) => formats.percent(fraction),
			done: '图片已完成。',
			cancelled: '已取消。',
		},

		picture: {
			region: '图片',
			emptyTitle: '还没有图片',
			emptyText: '描述画面，然后点击“生成”。',
			emptyBusy: '图片即将呈现',
			previewLabel: '正在绘制的图片预览',
			detailsLabel: '这张图片的生成参数',
			sizeValue: ({ width, height }: PictureSize) => `${width} × ${height}`,
			time: '用时',
			timeValue: (milliseconds) => formats.duration(milliseconds),
			peakMemory: '显存峰值',
			bytes: (value) => formats.bytes(value),
			save: '保存 PNG',
			toolsLabel: '对这张图片的操作',
			copyPicture: '复制',
			pictureCopied: '已复制',
			copyPictureFailed: '无法复制图片。',
			vary: '变体',
			varyHint: '换一个种子再画一次',
			varyFailed: '这张图片的模型尚未安装。',
			compare: '对比',
			fullView: '全屏查看',
			delete: '删除',
			star: '收藏',
			unseen: (count) => `${formats.integer(count)} 张新图`,
			watch: (fraction) => `正在绘制 ${formats.percent(fraction)}`,
			saveFailed: '无法保存图片。',
			reuse: '使用此设置',
			copyLink: '复制链接',
			linkCopied: '链接已复制',
			copyFailed: '无法复制链接。',
			share: '分享',
			shareText: '来自 Shardlight 的图片设置',
		},

		fullView: {
			title: '全屏查看',
			tools: '缩放与对比',
			newer: '较新的图片',
			older: '较早的图片',
			zoom: '缩放',
			zoomIn: '放大',
			zoomOut: '缩小',
			fit: '显示整张图片',
			oneToOne: '原始大小',
			percent: (fraction) => formats.percent(fraction),
			compare: '与另一张对比',
			sideBySide: '并排显示',
			divide: '第一张图片的边界',
			first: (seed) => `第一张图片，种子 ${seed}`,
			second: (seed) => `第二张图片，种子 ${seed}`,
		},

		recipe: {
			label: '配方',
			field: (field) => CHINESE_FIELDS[field],
			useThis: (field) => `使用此${CHINESE_FIELDS[field]}`,
			useAll: '全部使用',
			copyText: '复制为文字',
			copied: '设置已复制，可粘贴到这里或其他程序的提示词中。',
			copyFailed: '未能复制设置。',
			loopback: '此链接只在这台电脑上有效。要分享图片的设置，请复制为文字。',
		},

		restore: {
			offerTitle: '此链接带有一组图片设置',
			offerText: '它与您的草稿不同，要使用哪一个？',
			use: '使用链接的设置',
			keep: '保留我的',
			restored: '设置已填入，点击“生成”即可绘制。',
			oneRestored: '已填入。',
			pasted: '粘贴的内容看起来是一张图片的设置。',
			readPasted: '填入设置',
			zoneSettings: '使用其设置',
			zoneHistory: '放入历史记录',
			zoneModels: '在“模型”中打开',
			otherModel: (model) => `这些设置来自模型“${model}”，在这里画出的图片会有所不同。`,
			otherRevision: (model, theirs, yours) =>
				`这些设置来自 ${model} 的另一版本（${formats.revision(theirs)}，您的是 ${formats.revision(yours)}），在这里画出的图片可能有所不同。`,
			otherSize: ({ width, height }) => `此模型不支持 ${width} × ${height}，已改用最接近的尺寸。`,
			unsupported: (options) =>
				`此模型无法使用以下设置，已忽略：${formats.list(options.map((option) => CHINESE_FIELDS[option]))}。`,
			otherForm: (model) =>
				`这些设置来自此模型的量化版本（“${model}”），在这里画出的图片可能有所不同。`,
			adaptersLeftOut: (adapters) => {
				const named = adapters.map(
					({ name, strength }) => `“${name}”（强度 ${formats.decimal(strength)}）`,
				);
				return `原图使用了 LoRA，这里未被采用：${formats.list(named)}。`;
			},
			warning: (warning) => sayWarning(warning, formats),
			file: chineseFile,
		},

		history: {
			title: '历史记录',
			empty: '您画的图片会保存在这里，只存于这台电脑。',
			count: (count) => `${formats.integer(count)} 张图片`,
			used: (bytes) => `已用 ${formats.bytes(bytes)}`,
			open: (prompt) => `打开“${prompt}”`,
			damaged: '无法读取这张图片',
			nothingFound: '没有符合条件的图片。',
			showAll: '显示全部图片',
			manage: '管理图片',
			search: '搜索提示词和设置',
			onlyStarred: '只看星标图片',
			filter: '筛选',
			board: '图集',
			boards: '图集',
			anyBoard: '不限',
			noBoard: '不在任何图集中',
			newBoard: '新建图集…',
			boardName: '图集名称',
			addBoard: '添加',
			removeBoard: (name) => `删除图集“${name}”，其中的图片会保留`,
			model: '模型',
			size: '尺寸',
			adapter: 'LoRA 适配器',
			any: '不限',
			recipeName: (name) => name,
			selected: (count) => `已选 ${formats.integer(count)} 张`,
			selectAll: '全选',
			selectNone: '取消选择',
			star: '加星标',
			exportThese: '导出所选图片',
			removeThese: '删除所选图片',
			removed: (count) => `已删除 ${formats.integer(count)} 张图片。`,
			madeRoom: (count) => `为了不超出上限，已删除最早的 ${formats.integer(count)} 张图片。`,
			undo: '撤销',
			importFiles: '导入图片或 zip',
			importFolder: '导入文件夹',
			importing: (done) => `正在导入：已处理 ${formats.integer(done)} 个`,
			brought: (added, duplicates, refused) => {
				const parts = [`已导入 ${formats.integer(added)} 张图片。`];
				if (duplicates > 0) parts.push(`${formats.integer(duplicates)} 张原本就有。`);
				if (refused.length > 0) {
					const more = refused.length > 3 ? ` 等 ${formats.integer(refused.length)} 个文件` : '';
					parts.push(`没有配方：${refused.slice(0, 3).join('、')}${more}。`);
				}
				return parts.join('');
			},
			limit: '图片可用空间',
			noLimit: '不限',
			limitValue: (bytes) => `最多 ${formats.bytes(bytes)}`,
			limitHint: '先删除最早的图片；星标图片和图集中的图片会保留。',
			exportAll: '全部导出',
			exportShown: '导出当前显示的图片',
			exporting: (done, total) => `正在导出 ${formats.integer(done)} / ${formats.integer(total)}`,
			exportName: 'shardlight-pictures.zip',
			drawnAt: (time) => formats.dateTime(time),
		},

		shortcuts: {
			licences: '所含软件的许可证',
			title: '键盘快捷键',
			open: '键盘快捷键',
			generate: '生成，或加入队列',
			first: '先于其他图片绘制',
			cancel: '停止绘制',
			choose: '选择历史记录中的图片',
			star: '加星标',
			remove: '删除',
			older: '较早的图片',
			newer: '较新的图片',
			show: '显示快捷键',
			keyLeft: '←',
			keyRight: '→',
			keyQuestion: '?',
			keyShift: 'Shift',
			keySpace: '空格',
			keyDot: '.',
			keyDelete: 'Del',
		},

		memory: {
			title: '显存',
			budget: '预算',
			bytes: (value) => formats.bytes(value),
			auto: '自动',
			autoHint: '只要每步更快，就继续提高预算',
			budgetValue: (bytes, auto) =>
				auto ? `${formats.bytes(bytes)}（自动）` : formats.bytes(bytes),
			plan: (resident, blocks) => {
				if (resident === blocks) return `全部 ${formats.integer(blocks)} 个块常驻 GPU`;
				const streamed = formats.integer(blocks - resident);
				return resident === 0
					? `全部 ${streamed} 个块流式读取`
					: `${formats.integer(blocks)} 个块中有 ${formats.integer(resident)} 个常驻 GPU，${streamed} 个流式读取`;
			},
			stepTime: (milliseconds) => `每步约 ${formats.roughSeconds(milliseconds)}`,
			planSentence: (parts) => `${parts.join('；')}。`,
			least: (bytes) => `此尺寸至少需要 ${formats.bytes(bytes)}。`,
			estimate:
				'使用当前引擎时，预算只限制权重，其余部分可能超出预算；它也无法为较慢的 GPU 拆分任务，桌面可能会卡顿。',
			tooSmall: (least) => `此尺寸至少需要 ${formats.bytes(least)}，超出了预算。`,
			tooLarge: (least) =>
				`此尺寸至少需要 ${formats.bytes(least)}，超出了可设的最大预算。请选择更小的尺寸。`,
			raise: (bytes) => `允许使用 ${formats.bytes(bytes)}`,
			ceiling: (bytes) =>
				`自动预算不会超过 ${formats.bytes(bytes)}：更高的预算在此 GPU 上失败过或变慢了。`,
			forget: '重新尝试',
			chartLabel: (peak, budget) =>
				`绘制过程中的显存占用：最高 ${formats.bytes(peak)}，预算 ${formats.bytes(budget)}`,
			held: (now, peak) => `当前 ${formats.bytes(now)}，最高 ${formats.bytes(peak)}`,
			peak: (peak, budget) =>
				`上一张图片：最高 ${formats.bytes(peak)}，预算 ${formats.bytes(budget)}`,
			parts: {
				weights: '权重',
				activations: '激活值',
				staging: '中转',
				other: '其他',
			},
		},

		engine: {
			title: '引擎',
			choices: {
				fused: { name: 'Shardlight 自有内核', hint: '速度更快，占用的显存可准确预知。' },
				matrix: {
					name: '矩阵单元上的自有内核（实验性）',
					hint: '速度快数倍，采用 16 位运算：图片会略有差异。',
				},
				ort: { name: 'ONNX Runtime（参考）', hint: '用于对比图片：速度较慢，显存只能估算。' },
			},
			asked: '此页面的地址指定了这个引擎，仅在本次访问有效。',
			matrixTrouble: {
				absent: '此浏览器未开放矩阵单元，改由 Shardlight 自有内核以 32 位运算绘制。',
				refused: '矩阵单元在此 GPU 上结果有误，改由 Shardlight 自有内核以 32 位运算绘制。',
			},
			busy: '绘制结束后才能更改。',
			fallback: (parts) =>
				`自有内核在此 GPU 上无法运行${formats.list(parts.map(chinesePart))}，已改用 ONNX Runtime：速度较慢，显存为估算值。`,
		},

		notice: {
			budgetLowered: (bytes) => `显存预算已降至 ${formats.bytes(bytes)}。请点击“生成”重试。`,
			region: '通知',
			dismiss: '关闭通知',
			promptCut: (tokens, limit) =>
				`提示词有 ${formats.integer(tokens)} 个词元，模型只读取 ${formats.integer(limit)} 个，其余已截断。`,
			repair: '修复',
			install: '安装',
		},

		background: {
			ask: '完成时通知我',
			doneTitle: (count) =>
				count === 1 ? '图片已完成' : `您的 ${formats.integer(count)} 张图片已完成`,
			failedTitle: '图片绘制失败',
		},

		app: {
			install: '安装应用',
			updateReady: 'Shardlight 有新版本可用。',
			reload: '重新加载',
			later: '稍后',
		},

		models: {
			title: '模型',
			states: {
				absent: '未安装',
				partial: '安装未完成',
				installing: '正在安装',
				installed: '已安装',
				damaged: '已损坏',
				'too-new': '需要更新版本的 Shardlight',
			},
			dropHere: '将文件夹或文件拖到这里',
			size: '大小',
			origin: '来源',
			revision: '版本',
			revisionName: (revision) => formats.revision(revision),
			bundled: '本页自带',
			originName: (origin) => (origin === 'local files' ? '本机文件' : origin),
			onDisk: (bytes) => `占用 ${formats.bytes(bytes)}`,
			willTake: (bytes) => `安装后占用 ${formats.bytes(bytes)}`,
			elsewhere: '另一个标签页正在处理此模型，完成后即可用它作画。',
			tooNew: '此模型由更新版本的 Shardlight 安装。请重新加载页面以获取最新版本；模型仍保留。',
			stopped: (bytes) => `已保存 ${formats.bytes(bytes)}。使用同一来源将从那里继续。`,
			stoppedFiles: (bytes) =>
				`已保存 ${formats.bytes(bytes)}。请重新选择文件夹或文件，将从那里继续。`,
			files: '文件',
			fileNames: (files) => Object.values(files).flat().join('、'),
			madeFrom: (files) => {
				const parts = Object.entries(files).map(
					([part, names]) => `${chinesePart(part)}来自 ${names.join('、')}`,
				);
				return `采用的文件：${parts.join('；')}。`;
			},

			sourceLabel: '从哪里获取',
			sources: { hub: 'Hugging Face 官网', mirror: '镜像', files: '这台电脑', shards: '已转换' },
			sourceHints: {
				hub: '从 huggingface.co 下载，边下载边转换，之后可离线使用。',
				mirror: '任何与 huggingface.co 路径相同的服务器，适合无法访问该网站时使用。',
				files:
					'转换后复制到浏览器中，原文件保持不变，无需下载。可选择 ComfyUI 的 models 文件夹、diffusers 文件夹或三个模型文件。只有缺少分词器（11 MB）时才会从 huggingface.co 获取。',
				shards: '由 npm run convert 生成的文件夹，放在任何允许本页读取的服务器上。',
			},
			mirrorLabel: '镜像地址',
			mirrorAsking: '正在询问镜像…',
			mirrorAnswers: (milliseconds) => `镜像可用，响应时间 ${formats.integer(milliseconds)} 毫秒。`,
			mirrorAsk: '检测镜像',
			mirrorProblem: (problem) => {
				switch (problem.type) {
					case 'offline':
						return '这台电脑没有联网。';
					case 'no-server':
						return '此地址没有服务器响应，请检查地址是否正确。';
					case 'closed':
						return '此地址有服务器响应，但不允许其他网页读取，因此不能作为浏览器可用的镜像。';
					case 'silent':
						return '镜像响应时间过长。';
					case 'no-files':
						return `此地址有服务器响应，但没有该模型的文件（状态 ${problem.status}），因此不是 Hugging Face 的镜像。`;
				}
			},
			addressProblem: '请输入以 https:// 或 http:// 开头的地址。',
			shardsLabel: '文件夹地址',
			shardsPlaceholder: '例如 https://example.org/z-image-turbo/',
			layoutLabel: '文件',
			layouts: {
				comfy: (type, bytes) => `ComfyUI 版，${type} · ${formats.bytes(bytes)}`,
				official: (type, bytes) => `官方版，主干为 ${type} · ${formats.bytes(bytes)}`,
			},
			backendLabel: '保存到',
			liesIn: '保存于',
			backends: {
				fastest: '较快的一种（安装时测量）',
				opfs: '浏览器文件系统',
				indexeddb: '浏览器数据库',
			},
			room: {
				needed: (bytes) =>
					`占用磁盘 ${formats.bytes(bytes)}。请确保有足够的空间：浏览器在写入时才会分配。`,
				halfWay: '若中途空间不足，已保存的部分不会丢失：释放空间后点击“继续”即可。',
				toPersist: '磁盘快满时，浏览器可能会删除模型。若要长期保留，请先收藏本页或将其安装为应用。',
			},
			chooseFolder: '选择文件夹…',
			chooseFiles: '选择文件…',

			phases: {
				space: '正在查看空间',
				probe: '正在测量存储速度',
				read: '正在打开文件',
				convert: '正在获取并转换',
				check: '正在检查',
				move: '正在移动',
				finish: '正在收尾',
			},
			shards: (done, total) =>
				`第 ${formats.integer(done)} 个文件，共 ${formats.integer(total)} 个`,
			retry: (waitMilliseconds, attempt) =>
				`连接失败，${formats.roughDuration(waitMilliseconds)}后进行第 ${formats.integer(attempt + 1)} 次尝试。`,
			measuredOne: (backend, bytesPerSecond) =>
				`${backend === 'opfs' ? '文件系统' : '数据库'} ${formats.bytes(bytesPerSecond)}/秒`,
			measured: (speeds) => `读取速度：${speeds.join('，')}。`,
			notice: (notice) =>
				({
					'range-ignored': '服务器只能从头发送文件：继续安装与重新开始一样久。',
					'not-persistent':
						'浏览器尚未同意长期保存，磁盘快满时可能会删除模型。收藏本页或将其安装为应用后，浏览器通常会同意。',
					subnormals: '有些权重太小，FP16 只能以较低精度保存；图片上看不出差别。',
					'source-changed': '来源文件已改变，由它生成的部分将重新生成。',
				})[notice],

			pause: '暂停',
			stop: '停止',
			resume: '继续',
			cancel: '取消并删除',
			cancelQuestion: '删除目前已保存的部分？',
			remove: '删除',
			removeQuestion: (name, bytes) => `删除 ${name}（${formats.bytes(bytes)}）？`,
			stopAndRemoveQuestion: (name, bytes) =>
				`正在用 ${name} 绘制图片。要停止绘制并删除 ${name}（${formats.bytes(bytes)}）吗？`,
			keep: '保留',
			check: '检查文件',
			checked: (files, damaged) =>
				damaged === 0
					? `全部 ${formats.integer(files)} 个文件完好。`
					: `${formats.integer(files)} 个文件中有 ${formats.integer(damaged)} 个已损坏。“修复”只会重新获取这些文件。`,
			repairFrom: '原来的来源已不可用。请指定从哪里获取损坏的部分：',
			ready: (name) => `${name} 已安装，之后将用它作画。`,
			repaired: (name) => `${name} 已修复。`,

			used: (bytes) => `本页已占用磁盘 ${formats.bytes(bytes)}。`,
			persisted: '浏览器会一直保留这些文件，直到您删除。',
			notPersisted: '磁盘快满时，浏览器可能会删除这些文件。',
		},

		adapters: chineseAdapters(formats),

		title: {
			idle: 'Shardlight',
			drawing: (fraction) => `${formats.percent(fraction)} · Shardlight`,
			done: '✓ 图片已完成 · Shardlight',
			installing: (fraction) => `正在安装 ${formats.percent(fraction)} · Shardlight`,
		},
	};
}
