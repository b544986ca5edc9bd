/** `espalier crate`: a finished study as a Workflow Run RO-Crate. Nothing is run. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { standardOutput } from '../format/output.ts'
import { counted } from '../format/words.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { plotProblems } from '../views/plot-problems.ts'
import { writeOut } from './out.ts'
import { repeatCommands } from './repeat.ts'
import { version } from './version.ts'

interface CrateOptions extends PlanOptions {
  /** Output folder. */
  readonly out: string
  readonly license: string | undefined
}

/** @throws LoadProblem for an unfinished study or a folder with other files, and as `prepare` */
export function crate({ out, license, ...options }: CrateOptions): Promise<void> {
  return withPrepared(options, async (prepared) => {
    const [{ studyCrate }, { crateMetadata, metadataFile }] = await Promise.all([
      import('../report/study-crate.ts'),
      import('../interop/ro-crate/crate.ts'),
    ])
    const { source, target } = prepared
    const told = await studyCrate(prepared)
    const file = relative(source.project, source.file)
    const whole = {
      ...told,
      version,
      license: license ?? licenceOf(source.project),
      commands: repeatCommands({ file, target, set: options.set }),
    }
    refuseOther(out, metadataFile)
    const files = [...whole.sources, ...whole.results]
    for (const { path, content } of files) write(join(out, path), content)
    // Last, since it describes all other files.
    write(join(out, metadataFile), crateMetadata(whole))
    standardOutput.print([`${out}: ${counted(files.length + 1, 'file')}, a Workflow Run RO-Crate of ${told.name}.`])
  })
}

/** From the project's package.json. */
function licenceOf(project: string): string {
  try {
    const { license } = Object(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))) as { readonly license?: unknown }
    if (typeof license === 'string' && license !== '') return license
  } catch {
    // package.json is optional.
  }
  return 'No licence was stated.'
}

/** Rejects a folder that contains other files. */
function refuseOther(out: string, metadata: string): void {
  if (!existsSync(out) || existsSync(join(out, metadata))) return
  let inside: readonly string[] = []
  try {
    inside = readdirSync(out)
  } catch {
    throw plotProblems.notWritten(out, 'it is a file, and a crate is a folder')
  }
  if (inside.length > 0) throw plotProblems.notWritten(out, `it has other files in it: ${inside.slice(0, 3).join(', ')}`)
}

function write(file: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (cause) {
    throw plotProblems.notWritten(file, cause instanceof Error ? cause.message : String(cause))
  }
  writeOut(file, content)
}
