import { openHarness } from './cli/open-harness.ts';
const h = await openHarness({ gpu: 'software', port: 0, onProgress: (l) => console.log('  ', l), query: process.argv[2] ?? '' } as never);
console.log(h.adapter, h.url);
const tiny = {
  overrides: {
    transformer: { dim: 256, n_heads: 2, n_kv_heads: 2, n_layers: 4, n_refiner_layers: 2, cap_feat_dim: 128 },
    text_encoder: { hidden_size: 128, intermediate_size: 256, num_attention_heads: 2, num_key_value_heads: 1, num_hidden_layers: 3 },
    vae: { block_out_channels: [32, 64, 64, 64] },
  }, width: 128, height: 128, steps: 3,
};
await h.page.goto(h.url + 'harness.html?engine=fused');
await h.page.waitForFunction(() => window.shardlightHarness !== undefined);
console.log(JSON.stringify(await h.page.evaluate((t) => window.shardlightHarness!.installSynthetic(t as never), tiny)));
console.log(JSON.stringify(await h.page.evaluate(() => window.shardlightHarness!.timeStorage())));
for (const budgetBytes of [40e6, 60e6, 4e9]) console.log(JSON.stringify(await h.page.evaluate((budgetBytes) => window.shardlightHarness!.measure({ model: 'synthetic', width: 128, height: 128, steps: 3, budgetBytes }), budgetBytes)));
await h.close();
process.exit(0);
