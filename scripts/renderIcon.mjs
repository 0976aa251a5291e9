// Renders media/icon.png, which the Marketplace wants as a bitmap, from media/icon.svg.
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const size = 256;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<body style="margin:0">${await readFile('media/icon.svg', 'utf8')}`);
  await page.screenshot({ path: 'media/icon.png', omitBackground: true });
} finally {
  await browser.close();
}
