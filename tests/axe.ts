import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds on a page that keeps people out. @param options beside what is asked of every page */
export async function barriersOn(page: Page, options: axe.RunOptions = {}): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate((asked) => (globalThis as unknown as { axe: typeof axe }).axe.run(asked), {
    resultTypes: ['violations' as const],
    ...options,
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(' ')
          .slice(0, 500)}`,
    )
}
