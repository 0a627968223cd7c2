import { expect } from '../fixtures';
import { tour } from '../tour';

tour('nothing is wider than the window', async (page) => {
  for (const width of [320, 360, 768, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(excess, `pixels too many at ${width}`).toBeLessThanOrEqual(0);
  }
});
