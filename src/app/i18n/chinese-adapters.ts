import type { AdapterKind, AdapterNote } from '../../engine/adapters/adapter-client.ts';
import type { Formats } from '../format.ts';
import type { Messages } from './messages.ts';

const KINDS: Readonly<Record<AdapterKind, string>> = {
	lora: 'LoRA',
	loha: 'LoHa',
	lokr: 'LoKr',
	dora: 'DoRA',
	difference: '差值',
};

const NOTES: Readonly<Record<AdapterNote, string>> = {
	'changes-nothing': '它不会改变任何内容：所有乘积都为零。',
	'scale-unknown': '文件没有说明强度比例，可能需要调整强度。',
	'base-model': '基于 Z-Image（Base）训练，用于 Turbo 时效果可能较弱。',
	training: '用于训练：8 步绘制的图片会模糊。',
};

export function chineseAdapters(formats: Formats): Messages['adapters'] {
	const some = (
		{ count, names }: { readonly count: number; readonly names: readonly string[] },
		what: string,
	): string =>
		`${formats.integer(count)} 个${what}：${names.join('、')}${count > names.length ? '…' : ''}`;
	return {
		title: '适配器（LoRA）',
		intro:
			'几十兆的小文件，让模型学会一种风格、一个人物或一件物品：适用于 Z-Image 的 LoRA、LoKr、LoHa 和 DoRA。选择文件或 ComfyUI 的 models/loras 文件夹；文件会被复制保存，可离线使用。',
		urlLabel: '或从网址获取',
		urlProblem: '请填写以 https:// 或 http:// 开头的网址。',
		fetch: '获取',
		search: '搜索适配器',
		count: (count) => `${formats.integer(count)} 个适配器`,
		none: '没有这个名称的适配器。',
		more: (count) => `再显示 ${formats.integer(count)} 个`,
		adding: (file, index, count) =>
			`${file}（第 ${formats.integer(index)} 个，共 ${formats.integer(count)} 个）`,
		progressLabel: '正在添加适配器',
		stop: '停止',
		added: (count) => `已添加 ${formats.integer(count)} 个适配器。`,
		notAdded: (file, why) => `${file}：${why}`,
		noFiles: '其中没有 .safetensors 文件。',
		facts: ({ byteLength, baseModel }, report) =>
			[
				...(report?.kinds.map((kind) => KINDS[kind]) ?? []),
				report?.ranks &&
					(report.ranks.least === report.ranks.most
						? `秩 ${report.ranks.most}`
						: `秩 ${report.ranks.least}–${report.ranks.most}`),
				formats.bytes(byteLength),
				baseModel,
			]
				.filter(Boolean)
				.join(' · '),
		report: (report) =>
			[
				`已使用 ${formats.integer(report.modules)} 个模块中的 ${formats.integer(report.used)} 个`,
				report.unused.count > 0 && some(report.unused, '未使用'),
				report.duplicates.count > 0 && some(report.duplicates, '重复'),
				report.wrongSizes.count > 0 && some(report.wrongSizes, '尺寸不符'),
				report.textEncoder > 0 && `${formats.integer(report.textEncoder)} 个属于文本编码器`,
				report.rounded > 0 && `${formats.integer(report.rounded)} 个会舍入为 FP16`,
			]
				.filter(Boolean)
				.join('；'),
		note: (note) => NOTES[note],
		triggerWords: '触发词',
		rename: '重命名',
		nameLabel: '名称',
		save: '保存',
		remove: '删除',
		removeQuestion: (name, bytes) => `删除 ${name}（${formats.bytes(bytes)}）？`,

		add: '添加适配器',
		addPlaceholder: '选择…',
		full: (most) => `最多同时使用 ${most} 个适配器。`,
		empty: '还没有适合此模型的适配器。请在“模型”中添加文件。',
		manage: '添加文件…',
		on: (name) => `使用 ${name} 绘制`,
		strength: (name) => `${name} 的强度`,
		removeRow: (name) => `移除 ${name}`,
		insert: (word) => `将“${word}”插入提示词`,
		missing: '不在此设备上。请添加它的文件以绘制同样的图片，或关闭它再绘制。',
		byName: '仅按名称找到：原图可能使用了另一个同名文件。',
		otherModel: '它是为另一个模型制作的，不适用于当前模型。',
		typed: (tags) => `提示词中写有适配器（${tags}），模型无法直接读取。`,
		takeTyped: '转为适配器',
	};
}
