/** The figure of docs/tutorial.md, by its steps: the networks from PyTorch, the study, the plot. `PYTHON` or python3 has torch and onnx. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { espalier, picture, root } from './places.ts'

export function tutorial(): void {
  const page = readFileSync(join(root, 'docs/tutorial.md'), 'utf8')
  const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'espalier-tutorial-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    writeFileSync(join(folder, 'export.py'), block('python'))
    execFileSync(process.env.PYTHON ?? 'python3', ['export.py'], { cwd: folder, stdio: 'inherit' })
    writeFileSync(join(folder, 'study.pipeline.ts'), block('ts'))
    espalier(folder, 'run', 'study.pipeline.ts')
    espalier(folder, 'plot', 'study.pipeline.ts', '--out', picture('tutorial', 'svg'), '--width', '120')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
