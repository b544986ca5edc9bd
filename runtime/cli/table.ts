/** `espalier table`: a study's results in the store as a table for papers and other programs. Nothing is run. */
import { standardOutput } from '../format/output.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { studyResults } from '../project/study-results.ts'
import { type SpreadShown, type TableFormat, tableFormatNames, tableFormats } from '../table/asked.ts'
import { tableWriters } from '../table/registry.ts'
import { paperTable } from '../views/paper-table.ts'
import { formatOf, writeOut } from './out.ts'

interface TableOptions extends PlanOptions {
  /** Metrics, separated by commas. */
  readonly metric: string | undefined
  readonly spread: SpreadShown
  readonly bySeed: boolean
  /** Default: by the file's extension, else Markdown. */
  readonly format: TableFormat | undefined
  /** The file; standard output without one. */
  readonly out: string | undefined
}

/** @throws LoadProblem when there are no results, or none of this name, and as `prepare` */
export function table({ metric, spread, bySeed, format, out, ...options }: TableOptions): Promise<void> {
  const named = () => (out === undefined ? 'markdown' : formatOf(out, tableFormatNames, (name) => tableFormats[name]))
  const write = tableWriters[format ?? named()]
  return withPrepared(options, async (prepared) => {
    const { file, target } = prepared
    const text = write(paperTable(await studyResults(prepared), { file, target, metrics: metric?.split(','), bySeed }), spread)
    if (out === undefined) return standardOutput.print(text.trimEnd().split('\n'))
    writeOut(out, text)
  })
}
