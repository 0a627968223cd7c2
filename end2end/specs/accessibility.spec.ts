import AxeBuilder from '@axe-core/playwright';
import { expect, expectAlive, type Page } from '../fixtures';
import { tour } from '../tour';

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

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

tour('axe finds nothing, light and dark', async (page) => {
  await expectAlive(page);
  for (const details of await page.locator('main details:not([open]) > summary').all()) {
    await details.click();
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect.soft(await violations(page), colorScheme).toEqual([]);
  }
});
