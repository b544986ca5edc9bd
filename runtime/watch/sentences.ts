/** What a session says of itself. */

export const keyLines: readonly string[] = [
  '  a  run all: everything that is not in the store, failed stages again',
  '  f  only arms with a text in their name',
  '  p  pause: what runs goes on, nothing new begins; again: go on',
  '  w  why a stage runs, or not',
  '  l  the plan',
  '  q  quit: what runs stops at a checkpoint',
]

export const waiting = (files: number): string =>
  `Watching ${files === 1 ? 'the file' : `${files} files`}. Press h for the keys, q to quit.`
