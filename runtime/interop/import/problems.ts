/** Every sentence about a network's file that cannot be brought in. */
import { shown } from '../../../dsl/check/checks.ts'
import { type Facts, factsIn, PipelineProblem } from '../../../dsl/check/problem.ts'

/** Where in a file: `Conv /layer1/conv1/Conv`, by its operator or kind and its name. */
export interface Where {
  readonly kind: string
  readonly name: string
  /** Whether the name is that of its weights: a module's, as PyTorch calls it. */
  readonly ofWeights?: true
}

/** What a file's parts throw; the reader adds which file. */
export class ImportProblem extends PipelineProblem {
  override readonly name = 'PipelineProblem'
}

/** Facts quoted from a file may be of any length. */
const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text)

const problem = (title: string, facts: Facts, hint: string, whole: readonly string[] = []) =>
  new ImportProblem({
    title: shortened(title),
    facts: factsIn(facts).map(([label, value]) => [shortened(label), whole.includes(label) ? value : shortened(value)]),
    hint,
  })
const at = ({ kind, name }: Where) => ({ operator: kind, node: name || 'without a name' })

export const importProblems = {
  unreadable: (file: string, cause: unknown) =>
    problem(
      'The file of a network cannot be read.',
      { file, reason: cause instanceof Error ? cause.message : String(cause) },
      'Check the path: it is absolute, or relative to the working directory.',
    ),

  malformed: (what: string, facts: Facts = {}) =>
    problem(`The file of a network is damaged, or is none: ${what}.`, facts, 'Write it again with the program that made it.'),

  tooLarge: (what: string, found: number | string, most: number) =>
    problem(`The network in a file is larger than what is read: ${what}.`, { found, most }, 'Bring in a smaller network.'),

  unknownOperator: (where: Where, known: readonly string[]) =>
    problem(
      `There is no translation of the operator ${where.kind}.`,
      { ...at(where), known: known.join(', ') },
      'Export the network without it, or write the network as a model() and bring the weights with pretrained({ from, names }).',
      ['known'],
    ),

  unsupported: (where: Where, option: string, value: unknown, says: string) =>
    problem(
      `The operator ${where.kind} is translated, but not with this ${option}.`,
      { ...at(where), [option]: text(value), translated: says },
      'Export the network without it, or write the network as a model() and bring the weights with pretrained({ from, names }).',
    ),

  unfit: (where: Where, what: string, facts: Facts = {}) =>
    problem(
      `The operators in a file do not fit together: ${what}.`,
      { ...at(where), ...facts },
      'Check the file with onnx.checker, or write it again with the program that made it.',
    ),

  outside: (what: string, facts: Facts) =>
    problem(
      `The network in a file cannot be taken in: ${what}.`,
      facts,
      'It reads one batch, of images [batch, channels, height, width], sequences [batch, length, features] or tokens [batch, length], with all sizes but the batch fixed, and gives logits [batch, classes], or for each token [batch, length, classes].',
    ),

  otherClasses: (found: number, said: number) =>
    problem(
      'The network in a file predicts another number of classes than imported() says.',
      { 'in the file': found, 'imported()': said },
      'Write the number of the file: imported({ classes: … }).',
    ),

  otherLayer: (layer: string, said: number, found: number | undefined, names: readonly string[]) =>
    problem(
      found === undefined
        ? `The network in a file has no layer ${layer} with weights.`
        : `Layer ${layer} of a file has another width than imported() says.`,
      { 'imported()': said, 'in the file': found, layers: names.join(', ') },
      'Correct the layers that imported() names.',
    ),

  besideIt: (location: string, reason: string) =>
    problem(
      'A file that a network names for its weights is not read.',
      { named: location, reason },
      'Put the weights into one file beside it: a plain name, without a folder.',
    ),
}

const text = (value: unknown): string => (typeof value === 'string' ? value : shown(value))

/** The same problem with the file it is in. */
export const inFile = (file: string, cause: unknown): unknown =>
  cause instanceof ImportProblem
    ? new ImportProblem({ title: cause.title, facts: { file, ...Object.fromEntries(cause.facts) }, hint: cause.hint })
    : cause
