/** `espalier report`: a study as a single file. Nothing is run. */
import { readFileSync } from 'node:fs'
import { standardOutput } from '../format/output.ts'
import { bytes } from '../format/words.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { writeOut } from './out.ts'
import { repeatCommands } from './repeat.ts'
import { version } from './version.ts'

interface ReportOptions extends PlanOptions {
  readonly out: string
}

/** @throws LoadProblem when the file cannot be written, and as `prepare` */
export function report({ out, ...options }: ReportOptions): Promise<void> {
  return withPrepared(options, async (prepared) => {
    const [{ studyReport }, { studyPage }] = await Promise.all([import('../report/study-report.ts'), import('../report/study-page.ts')])
    const { study, ...rest } = await studyReport(prepared)
    const text = studyPage({ study, ...rest }, { ...pageParts(), version, commands: repeatCommands({ ...study, set: options.set }) })
    writeOut(out, text)
    standardOutput.print([`${out}: ${bytes(Buffer.byteLength(text))}. It opens in a browser, and asks for nothing else.`])
  })
}

/** The style sheet and the script, which the build puts beside this. */
export const pageParts = () => ({ style: part('style.css'), script: part('report.js') })

const part = (name: string): string => readFileSync(new URL(`report/${name}`, import.meta.url), 'utf8')
