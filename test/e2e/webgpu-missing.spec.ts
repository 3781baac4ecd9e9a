import { chromium, expect, test } from '@playwright/test';
import { chromeLaunch } from '../../scripts/webgpu/launch-options.ts';
import { Studio } from './studio.ts';

// Without the switches and the environment that bring a software GPU, and with some that take more.
const { executablePath, chromiumSandbox } = chromeLaunch();

const BROWSERS = [
	{ name: 'without WebGPU', args: ['--disable-blink-features=WebGPU'] },
	{ name: 'without a GPU', args: ['--disable-gpu', '--disable-software-rasterizer'] },
];

for (const { name, args } of BROWSERS) {
	test(`a browser ${name} is told what is missing`, async ({ baseURL }) => {
		const browser = await chromium.launch({ executablePath, chromiumSandbox, args: [...args] });
		try {
			const page = await browser.newPage({ baseURL });
			await page.goto('./');
			const studio = new Studio(page);
			await expect(page.getByRole('heading', { name: 'Shardlight needs WebGPU' })).toBeVisible();
			await expect(studio.alert).not.toBeEmpty();
			await expect(page.getByRole('button', { name: 'Check again' })).toBeEnabled();
			await expect(studio.generate).toHaveCount(0);
		} finally {
			await browser.close();
		}
	});
}
