// Every page, opened once: nothing sticks out at any width, axe finds nothing, and a picture is
// taken for people to look at (test-results/pages).
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, expectAlive, type Page } from '../fixtures';
import { tour } from '../tour';

const pictures = join(__dirname, '..', 'test-results', 'pages');
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
const schemes = ['light', 'dark'] as const;

async function expectNothingWider(page: Page): Promise<void> {
  for (const width of [320, 360, 768, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(excess, `pixels too many at ${width}`).toBeLessThanOrEqual(0);
  }
}

async function takePictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({
        path: join(pictures, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
        // Hiding the caret puts a style into the page, which its security policy forbids.
        caret: 'initial',
      });
    }
  }
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .options({
      runOnly: { type: 'tag', values: standards },
      rules: { 'target-size': { enabled: true } },
    })
    .analyze();
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html} (${node.failureSummary})`),
  );
}

async function expectNoViolations(page: Page): Promise<void> {
  for (const details of await page.locator('main details:not([open]) > summary').all()) {
    await details.click();
  }
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    expect.soft(await violations(page), colorScheme).toEqual([]);
  }
}

tour('looked at', async (page, name, scripts) => {
  await expectNothingWider(page);
  // axe runs in the page, which without scripts it cannot; the picture is the same.
  if (!scripts) return;
  await expectAlive(page);
  await takePictures(page, name);
  await expectNoViolations(page);
});
