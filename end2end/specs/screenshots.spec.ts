// A picture of every page, for people to look at: test-results/pages.
import { join } from 'node:path';
import { tour } from '../tour';

const pictures = join(__dirname, '..', 'test-results', 'pages');

tour('picture', async (page, name) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({
        path: join(pictures, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
        // Hiding the caret puts a style into the page, which its security policy forbids.
        caret: 'initial',
      });
    }
  }
});
