/** Nodes that leave what passes them as it was, or whose work is read by name. */
const HARMLESS = new RegExp(
	[
		...['^(SaveImage|PreviewImage|SaveAnimatedWEBP|Image ?Save|Save.?Image|Image Saver)'],
		...[
			'^VAEDecode(Tiled)?$',
			'^VAELoader',
			'CLIPLoader',
			'CLIPTextEncode',
			'UNETLoader',
			'^UnetLoader',
		],
		...['CheckpointLoader', '^Checkpoint Loader', '^DiffusionModelLoader', '^Reroute', '^Note'],
		...[
			'LoraLoader',
			'Lora ?Loader',
			'Lora ?Stack',
			'^ModelSampling',
			'^Empty\\w*Latent',
			'EmptyLatent',
		],
		...[
			'^KSampler',
			'^SamplerCustom',
			'^RandomNoise$',
			'^BasicScheduler$',
			'^\\w*Guider$',
			'GuiderAdvanced',
		],
		...[
			'^Sampler\\w*$',
			'^Flux2?Scheduler$',
			'^FluxGuidance$',
			'^ConditioningZeroOut$',
			'^CLIPSetLastLayer$',
		],
		...[
			'^Primitive',
			'^String',
			'^Text',
			'Seed',
			'^Int\\b',
			'^Float\\b',
			'^Show',
			'SageAttention',
			'TorchCompile',
		],
		...[
			'^CR ',
			'Switch',
			'^JoinString',
			'Concat',
			'^Latent(From|Batch)',
			'Efficient',
			'^easy ',
			'pysssss',
		],
		...[
			'^Width',
			'^Height',
			'Resolution',
			'AspectRatio',
			'Aspect Ratio',
			'^TextEncode',
			'^Set',
			'^Get',
		],
	].join('|'),
	'i',
);

/** Whether a node of this class is understood: it changes nothing that the recipe does not say. */
export function isKnownNode(type: string): boolean {
	return HARMLESS.test(type);
}
