/** Error messages about network files that cannot be imported. */
import { shown } from '../../../dsl/check/checks.ts'
import { type Facts, factsIn, PipelineProblem } from '../../../dsl/check/problem.ts'

/** A place in a file by operator or kind and name: `Conv /layer1/conv1/Conv`. */
export interface Where {
  readonly kind: string
  readonly name: string
  /** The name is that of its weights: a PyTorch module name. */
  readonly ofWeights?: true
}

/** Thrown by the parsers of a file; the reader adds the file's name. */
export class ImportProblem extends PipelineProblem {
  override readonly name = 'PipelineProblem'
}

/** Text quoted from a file can have any length. */
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
      'The network file cannot be read.',
      { file, reason: cause instanceof Error ? cause.message : String(cause) },
      'Check the path. It must be absolute, or relative to the working directory.',
    ),

  malformed: (what: string, facts: Facts = {}) =>
    problem(`The network file is damaged or invalid: ${what}.`, facts, 'Write the file again with the program that created it.'),

  tooLarge: (what: string, found: number | string, most: number) =>
    problem(`The network is too large to import: ${what}.`, { found, most }, 'Import a smaller network.'),

  unknownOperator: (where: Where, known: readonly string[]) =>
    problem(
      `The operator ${where.kind} is not supported.`,
      { ...at(where), known: known.join(', ') },
      'Export the network without it, or define the network as a model() and load the weights with pretrained({ from, names }).',
      ['known'],
    ),

  unsupported: (where: Where, option: string, value: unknown, says: string) =>
    problem(
      `The operator ${where.kind} is supported, but not with the given ${option}.`,
      { ...at(where), [option]: text(value), supported: says },
      'Export the network without it, or define the network as a model() and load the weights with pretrained({ from, names }).',
    ),

  unfit: (where: Where, what: string, facts: Facts = {}) =>
    problem(
      `The operators in the network file are inconsistent: ${what}.`,
      { ...at(where), ...facts },
      'Check the file with onnx.checker, or write it again with the program that created it.',
    ),

  outside: (what: string, facts: Facts) =>
    problem(
      `The network cannot be imported: ${what}.`,
      facts,
      'The network must take one batch of images [batch, channels, height, width], sequences [batch, length, features] or tokens [batch, length], with fixed sizes except for the batch, and return logits [batch, classes], or for each token [batch, length, classes].',
    ),

  otherClasses: (found: number, said: number) =>
    problem(
      'The number of classes in the network file differs from that in imported().',
      { 'in the file': found, 'imported()': said },
      'Use the number in the file: imported({ classes: … }).',
    ),

  otherLayer: (layer: string, said: number, found: number | undefined, names: readonly string[]) =>
    problem(
      found === undefined
        ? `The network file has no layer ${layer} with weights.`
        : `The width of layer ${layer} in the network file differs from that in imported().`,
      { 'imported()': said, 'in the file': found, layers: names.join(', ') },
      'Correct the layers in imported().',
    ),

  besideIt: (location: string, reason: string) =>
    problem(
      'The external weight file of the network cannot be used.',
      { named: location, reason },
      'Put the weights into one file in the same folder, named without a path.',
    ),
}

const text = (value: unknown): string => (typeof value === 'string' ? value : shown(value))

/** The same problem with the file it is in. */
export const inFile = (file: string, cause: unknown): unknown =>
  cause instanceof ImportProblem
    ? new ImportProblem({ title: cause.title, facts: { file, ...Object.fromEntries(cause.facts) }, hint: cause.hint })
    : cause
