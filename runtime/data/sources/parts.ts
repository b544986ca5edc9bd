/** Which split a file or folder is for, as its name says: the words that other tools know. */
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'

const words: { readonly [part in SplitName]: readonly string[] } = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'eval', 'evaluation'],
}
const parts = new Map(splitNames.flatMap((part) => words[part].map((word) => [word, part] as const)))

/** Of a whole name, in capitals or not. */
export const partNamed = (name: string): SplitName | undefined => parts.get(name.toLowerCase())

const within = new RegExp(`(?<=^|[/._-])(${[...parts.keys()].join('|')})(?=[/._-])`, 'gi')

/** By the last such word in a path, and where it begins. */
export function partIn(path: string): { readonly part: SplitName; readonly at: number } | undefined {
  const last = [...path.matchAll(within)].at(-1)
  return last === undefined ? undefined : { part: partNamed(last[0])!, at: last.index }
}
