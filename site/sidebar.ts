/** In what order pages stand beside the text. A page belongs to the first section that names it; within a name with `*`, by title. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

const sections: { readonly [title: string]: readonly string[] } = {
  Start: ['index.md', 'first-pipeline.md', 'tutorial.md'],
  'How to': [
    'how-to/bring-*.md',
    'how-to/own-*.md',
    'how-to/watch.md',
    'how-to/why-it-reran.md',
    'how-to/resume.md',
    'how-to/figures.md',
    'how-to/paper-tables.md',
    'how-to/*.md',
  ],
  'Coming from …': ['for/pytorch.md', 'for/*.md'],
  Explanation: ['explanation/*.md', 'keys.md', 'fingerprints.md', 'resuming.md', 'limits.md'],
  FAQ: ['faq.md'],
  Reference: [
    'language.md',
    'commands.md',
    'methods.md',
    'metrics.md',
    'data.md',
    'importing.md',
    'export.md',
    'engine.md',
    'looking.md',
    'watch.md',
    'trackers.md',
    'store.md',
    'cluster.md',
    'slurm.md',
    'examples/index.md',
  ],
  'Every export': ['reference/verbs.md', 'reference/studies.md', 'reference/training.md', 'reference/*.md'],
  Results: ['results.md', 'agreement.md', 'benchmarks.md', 'scale.md'],
  Project: ['contributing.md', 'architecture.md', 'security.md', 'changelog.md'],
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
