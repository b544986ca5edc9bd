/** Which files of a folder form one data set, following the layout of data sets on the Hugging Face Hub. */
import type { SplitName } from '../../../stdlib/data/dataset.ts'
import { dataProblems, passedOver } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { type Found, isDocument } from './folder.ts'
import { partIn } from './parts.ts'

/** Files whose names contain no split are for training. */
export const partOf = (name: string): SplitName => partIn(name)?.part ?? 'train'

/** The folder above the part of the name that gives the split; `.` if there is none above; undefined for files of no split. */
function configurationOf(name: string): string | undefined {
  const found = partIn(name)
  return found === undefined ? undefined : name.slice(0, Math.max(0, name.lastIndexOf('/', found.at))) || '.'
}

export interface Choice {
  readonly data: string
  readonly root: string
  /** Name of the configuration to use, if there are several. */
  readonly config?: string | undefined
  /** Hint on how to select one. */
  readonly choose: (configuration: string) => string
}

/** @throws DataProblem for files of several configurations, or of two revisions */
export function chosenFiles(all: readonly SourceFile[], { data, root, config, choose }: Choice): Found {
  const isParquet = ({ name }: SourceFile) => /\.parquet$/i.test(name)
  const parquet = all.filter(isParquet)
  const foreign = all.filter((file) => !isParquet(file) && !isDocument(file.name))
  const meant = config === undefined ? parquet : parquet.filter(({ name }) => configurationOf(name) === config)
  const known = splitsOfConfigurations(parquet)
  if (config !== undefined && meant.length === 0) throw dataProblems.noConfiguration(data, root, config, [...known.keys()])
  const sharing = config === undefined ? sharingASplit(known) : []
  if (sharing.length > 0) throw dataProblems.severalConfigurations(data, root, sharing, choose(sharing[0]!))
  // Without files named for training, those of no split are used for it.
  const train = meant.some(({ name }) => partIn(name)?.part === 'train')
  const files = train ? meant.filter(({ name }) => partIn(name) !== undefined) : meant
  const others = meant.filter((file) => !files.includes(file))
  const told = (names: readonly string[], one: string, many: string) =>
    passedOver(data, names, one, many, `Parquet files are read from ${root}.`)
  const notes = [
    ...told(namesOf(foreign), 'file is not Parquet', 'files are not Parquet'),
    ...told(namesOf(others), 'file is of no known split', 'files are of no known split'),
    ...told(missingShards(data, root, namesOf(files)), 'file of a series is not there', 'files of a series are not there'),
  ]
  return { files, notes }
}

const namesOf = (files: readonly SourceFile[]): readonly string[] => files.map(({ name }) => name)

function splitsOfConfigurations(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<SplitName>> {
  const known = new Map<string, Set<SplitName>>()
  for (const { name } of files) {
    const configuration = configurationOf(name)
    if (configuration !== undefined) known.set(configuration, (known.get(configuration) ?? new Set()).add(partOf(name)))
  }
  return known
}

/** Configurations that have a split in common; folders with different splits form one data set together. */
function sharingASplit(known: ReadonlyMap<string, ReadonlySet<SplitName>>): readonly string[] {
  const each = [...known]
  const shares = (parts: ReadonlySet<SplitName>, i: number) =>
    each.some(([, other], j) => i !== j && [...parts].some((part) => other.has(part)))
  return each.flatMap(([name, parts], i) => (shares(parts, i) ? [name] : []))
}

/** Missing files of a series `train-00000-of-00002`. @throws DataProblem when a number occurs twice, or series lengths differ */
function missingShards(data: string, root: string, names: readonly string[]): readonly string[] {
  const series = new Map<string, { readonly total: string; readonly byNumber: Map<string, string> }>()
  for (const name of names) {
    const [, before, number, total] = /^(.*)-(\d{5})-of-(\d{5})/.exec(name) ?? []
    if (before === undefined || number === undefined || total === undefined) continue
    const known = series.get(before) ?? { total, byNumber: new Map<string, string>() }
    series.set(before, known)
    const other = known.total === total ? known.byNumber.get(number) : [...known.byNumber.values()][0]
    if (other !== undefined) throw dataProblems.twoRevisions(data, root, other, name)
    known.byNumber.set(number, name)
  }
  return [...series].flatMap(([before, { total, byNumber }]) => {
    const numbers = Array.from({ length: Number(total) }, (_, i) => String(i).padStart(5, '0'))
    return numbers.filter((number) => !byNumber.has(number)).map((number) => `${before}-${number}-of-${total}`)
  })
}
