/** In what order pages stand beside the text. A page belongs to the first section that names it; within a name with `*`, by title. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

const sections: { readonly [title: string]: readonly string[] } = {
  Start: ['index.md', 'tutorial.md'],
  'How to': [
    'how-to/*.md',
    'data.md',
    'importing.md',
    'export.md',
    'looking.md',
    'watch.md',
    'trackers.md',
    'cluster.md',
    'slurm.md',
    'engine.md',
  ],
  'If you know …': ['for/*.md'],
  Explanation: ['keys.md', 'fingerprints.md', 'store.md', 'explanation/*.md', 'scale.md', 'architecture.md'],
  Reference: ['language.md', 'methods.md', 'metrics.md', 'commands.md', 'examples/index.md'],
  'Every export': ['reference/verbs.md', 'reference/studies.md', 'reference/training.md', 'reference/*.md'],
  FAQ: ['faq.md'],
  Results: ['results.md', 'agreement.md', 'benchmarks.md'],
}

const titleOf = (folder: string, page: string): string =>
  /^# (.*)$/m.exec(readFileSync(join(folder, page), 'utf8'))?.[1]?.replaceAll('`', '') ?? page

/** @param folder of all pages. Throws on a page that is in no section. */
export function sidebar(folder: string): DefaultTheme.SidebarItem[] {
  const left = new Set(globSync('**/*.md', { cwd: folder, exclude: (name) => name.endsWith('.pipeline.md') }))
  const items = Object.entries(sections).map(([text, names]) => ({
    text,
    items: names.flatMap((name) =>
      globSync(name, { cwd: folder })
        .filter((page) => left.delete(page))
        .map((page) => ({ text: page === 'index.md' ? 'Espalier' : titleOf(folder, page), link: `/${page.replace(/\.md$/, '')}` }))
        .toSorted((a, b) => a.text.localeCompare(b.text, 'en')),
    ),
  }))
  if (left.size > 0) throw new Error(`No section of the site has ${[...left].join(', ')}: name it in site/sidebar.ts.`)
  return items.filter(({ items }) => items.length > 0)
}
