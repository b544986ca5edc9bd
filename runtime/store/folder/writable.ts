/** Whether a whole store is writable, checked before any computation: in a shared store, each user may own a part of the files. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import { problems } from '../problems.ts'
import { type Layout, layoutOf } from './layout.ts'

/** The first file or folder that is not writable; undefined when all are, or when there is no store. */
export function firstUnwritable(location: string): string | undefined {
  const { root, index, functions: _, ...folders }: Layout = layoutOf(location)
  if (!existsSync(index)) return undefined
  const files = [index, `${index}-wal`, `${index}-shm`]
  const inner = [folders.objects, folders.checkpoints].flatMap((folder) => childrenOf(folder))
  return [root, ...files, ...Object.values(folders), ...inner].find((path) => !isWritable(path))
}

/** @throws StoreProblem when a part is not writable, with its owner and mode */
export function refuseUnwritable(location: string, doing: string): void {
  const path = firstUnwritable(location)
  if (path !== undefined) throw problems.readOnly(layoutOf(location).root, doing, ownership(path))
}

/** Owner and mode of a path, for error messages. */
export function ownership(path: string): ProblemText['facts'] {
  const info = statSync(path, { throwIfNoEntry: false })
  const there = info === undefined ? dirname(path) : path
  const { mode, uid, gid } = info ?? statSync(there)
  const facts = { 'cannot be written': there, owner: `user ${uid}, group ${gid}`, mode: modeText(mode), you: whoAmI() }
  return Object.entries(facts)
}

/** As in `ls -l`: `rwxr-sr-x`. */
function modeText(mode: number): string {
  const letters = [...'rwxrwxrwx'].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-'))
  if (mode & 0o2000) letters[5] = letters[5] === 'x' ? 's' : 'S'
  return letters.join('')
}

function whoAmI(): string {
  const groups = process.getgroups?.() ?? []
  return `user ${process.getuid?.() ?? '?'}, ${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}`
}

/** A missing path counts as writable: SQLite creates and removes its own files, as the store does checkpoints and temporary folders. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function childrenOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}
