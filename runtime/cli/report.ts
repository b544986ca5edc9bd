/** `espalier report`: a study as one file to send. Nothing is run. */
import { readFileSync } from 'node:fs'
import { standardOutput } from '../format/output.ts'
import { bytes } from '../format/words.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { writeOut } from './out.ts'
import { version } from './version.ts'

interface ReportOptions extends PlanOptions {
  readonly out: string
}

/** @throws LoadProblem when the file cannot be written, and as `prepare` */
export function report({ out, ...options }: ReportOptions): Promise<void> {
  return withPrepared(options, async (prepared) => {
    const [{ studyReport }, { studyPage }] = await Promise.all([import('../report/study-report.ts'), import('../report/study-page.ts')])
    const { study, ...rest } = await studyReport(prepared)
    const set = options.set.map((each) => ` --set ${quoted(each)}`).join('')
    const file = study.target === 'default' ? study.file : `${study.file}#${study.target}`
    const text = studyPage(
      { study, ...rest },
      { ...pageParts(), version, commands: [`npm install --save-exact espalier@${version}`, `npx espalier run ${quoted(file)}${set}`] },
    )
    writeOut(out, text)
    standardOutput.print([`${out}: ${bytes(Buffer.byteLength(text))}. It opens in a browser, and asks for nothing else.`])
  })
}

/** As a shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./=:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** The style sheet and the script, as the build puts them beside this. */
export const pageParts = () => ({ style: part('style.css'), script: part('report.js') })

const part = (name: string): string => readFileSync(new URL(`report/${name}`, import.meta.url), 'utf8')
