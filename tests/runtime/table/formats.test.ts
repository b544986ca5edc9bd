import { expect, test } from 'vitest'
import { tableWriters } from '../../../runtime/table/registry.ts'
import { paperTable } from '../../../runtime/views/paper-table.ts'
import { result as arm } from '../terminal/events.ts'

const arms = [
  arm('dense', 0, { 'test/accuracy': 0.94, compressionRatio: 1 }),
  arm('dense', 1, { 'test/accuracy': 0.95, compressionRatio: 1 }),
  arm('50 %_a|b<i>&\\', 0, { 'test/accuracy': 0.9, compressionRatio: 2.5 }),
  arm('50 %_a|b<i>&\\', 1, { 'test/accuracy': 0.91, compressionRatio: 2.5 }),
]
const table = paperTable(arms, { file: 'a.pipeline.ts', target: 'default', bySeed: false })

// 0.94 and 0.95: mean 0.945, deviation 0.00707…
test('Markdown: numbers with their deviation, the best in bold, signs of Markdown written as such', () => {
  expect(tableWriters.markdown(table, 'deviation')).toBe(`| arm | test accuracy (%) | compression ratio (×) |
| --- | ---: | ---: |
| dense | **94.50** ± 0.71 | 1.00 |
| 50 %\\_a\\|b\\<i\\>&\\\\ | 90.50 ± 0.71 | **2.50** |

Mean and sample standard deviation over 2 seeds. Bold: the best, where the 95 % interval of its paired difference to the next leaves out 0.
`)
})

test('LaTeX: the rules of booktabs, numbers in math, every sign that LaTeX would obey written as such', () => {
  const text = tableWriters.latex(table, 'deviation')
  expect(text).toContain(
    '\\begin{tabular}{lrr}\n  \\toprule\n  arm & test accuracy (\\%) & compression ratio ($\\times$) \\\\\n  \\midrule\n',
  )
  expect(text).toContain('  dense & $\\mathbf{94.50} \\pm 0.71$ & $1.00$ \\\\\n')
  expect(text).toContain('  50 \\%\\_a|b<i>\\&\\textbackslash{} & $90.50 \\pm 0.71$ & $\\mathbf{2.50}$ \\\\\n')
})

test('HTML: names are text, whatever is in them', () => {
  const text = tableWriters.html(table, 'deviation')
  expect(text).toContain('<td>50 %_a|b&lt;i&gt;&amp;\\</td>')
  expect(text).toContain('<td><strong>94.50</strong> ± 0.71</td>')
  expect(text).not.toContain('<i>')
})

test('CSV has all digits, a column for each number', () => {
  const [head, first] = tableWriters.csv(table, 'deviation').split('\n')
  expect(head).toBe(
    'arm,seeds,test/accuracy,test/accuracy std,test/accuracy low,test/accuracy high,compressionRatio,compressionRatio std,compressionRatio low,compressionRatio high',
  )
  expect(first!.split(',').slice(0, 3)).toEqual(['dense', '2', '0.945'])
})

test('an interval in place of the deviation, and seeds in rows of their own', () => {
  expect(tableWriters.markdown(table, 'interval')).toMatch(/\| dense \| \*\*94\.50\*\* \[\d+\.\d\d, \d+\.\d\d\] \|/)
  const bySeed = paperTable(arms, { file: 'a.pipeline.ts', target: 'default', bySeed: true })
  expect(tableWriters.markdown(bySeed, 'deviation')).toContain('| dense | 0 | 94.00 | 1.00 |')
  expect(tableWriters.latex(bySeed, 'deviation')).toContain('\\begin{tabular}{llrr}')
})
