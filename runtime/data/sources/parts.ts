/** Derives the split from a file or folder name, using the words that other tools use. */
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'

const words: { readonly [part in SplitName]: readonly string[] } = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'eval', 'evaluation'],
}
const parts = new Map(splitNames.flatMap((part) => words[part].map((word) => [word, part] as const)))

/** From a whole name, case-insensitive. */
export const partNamed = (name: string): SplitName | undefined => parts.get(name.toLowerCase())

const within = new RegExp(`(?<=^|[/._-])(${[...parts.keys()].join('|')})(?=[/._-])`, 'gi')

/** From the last such word in a path, with its position. */
export function partIn(path: string): { readonly part: SplitName; readonly at: number } | undefined {
  const last = [...path.matchAll(within)].at(-1)
  return last === undefined ? undefined : { part: partNamed(last[0])!, at: last.index }
}
