/** Pictures of the walk-through in docs/looking.md: a small study is run, changed and inspected. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { html } from '../../runtime/format/html.ts'
import { widthOf } from '../../runtime/format/width.ts'
import { startChromium } from '../../tests/chromium.ts'
import { output, picture, root } from './places.ts'

const study = (epochs: number) => `/** Which way of pruning 95 % of a small network costs least. */
import { adam, compare, digits, lenet300, random, seeds, task } from 'espalier'

const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 6, batch: 64 })

export default seeds(3, (seed) => {
  const dense = train({ seed })
  return compare(
    {
      dense,
      finetuned: dense.prune(0.95).finetune({ epochs: ${epochs} }),
      rewound: dense.prune(0.95).rewind().train(),
      random: dense.prune(random(0.95)).finetune({ epochs: ${epochs} }),
      reckless: dense.prune(0.95).finetune({ epochs: ${epochs}, lr: 1e30 }),
    },
    { baseline: 'dense' },
  )
})
`

/** Text as a terminal shows it. @param shown which of its lines */
function terminal(
  name: string,
  command: string,
  text: string,
  shown: (lines: readonly string[]) => readonly string[] = (lines) => lines,
): void {
  const lines = [`$ espalier ${command}`, ...shown(text.split('\n'))]
  const [column, row] = [7.25, 17]
  const width = Math.max(...lines.map(widthOf)) * column + 28
  const height = lines.length * row + 24
  const drawn = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
<title>espalier ${command}</title>
<rect width="100%" height="100%" rx="6" fill="#1b211f"/>
${lines.map((line, i) => html`<text x="14" y="${25 + i * row}" fill="${i === 0 ? '#6fcfb0' : '#e3e9e6'}" xml:space="preserve">${line}</text>\n`)}</svg>
`
  writeFileSync(picture(name, 'svg'), drawn.html)
}

export async function walk(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-pictures-'))
  const espalier = (...args: readonly string[]) => output(folder, args).replaceAll(folder, '/home/ada/study')
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    const file = join(folder, 'prune.pipeline.ts')
    writeFileSync(file, study(1))
    espalier('run', 'prune.pipeline.ts', '--threads', '1')
    writeFileSync(file, study(2))
    const ran = espalier('run', 'prune.pipeline.ts', '--threads', '1')
    terminal('walk-run', 'run prune.pipeline.ts', ran, (lines) => lines.slice(lines.findIndex((line) => line.startsWith('✗'))))
    terminal(
      'walk-why',
      'why prune.pipeline.ts seed=0/finetuned/finetune',
      espalier('why', 'prune.pipeline.ts', 'seed=0/finetuned/finetune', '--threads', '1'),
    )
    terminal(
      'walk-diff',
      'diff seed=0/finetuned/finetune seed=0/rewound/train#2',
      espalier('diff', 'seed=0/finetuned/finetune', 'seed=0/rewound/train#2'),
      (lines) => lines.slice(0, lines.indexOf('The same in both:')),
    )
    terminal('walk-failed', 'show last --arm reckless', espalier('show', 'last', '--arm', 'reckless'), (lines) => lines.slice(0, 16))
    espalier('report', 'prune.pipeline.ts', '--threads', '1')
    const started = await startChromium()
    if ('missing' in started) throw new Error(started.missing)
    const page = await started.browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(`file://${join(folder, 'report.html')}`)
    await page.waitForSelector('.plot svg')
    await page.screenshot({ path: picture('walk-report', 'png') })
    await started.browser.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
