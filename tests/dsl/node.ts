/** Runs a program in a Node process of its own, where types are stripped and `espalier` is the library's source. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '../..')
export const urlOf = (path: string): string => pathToFileURL(join(root, path)).href

/** What the program prints, as JSON. `loaded` in it lists the files of ours and the packages it has imported so far. */
export const runInNode = <R>(program: string): R =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { registerHooks } from 'node:module'
const loaded = []
registerHooks({
  resolve: (name, context, next) => {
    const found = next(name === 'espalier' ? '${urlOf('stdlib/index.ts')}' : name, context)
    loaded.push(found.url)
    return found
  },
})
${program}`,
      ],
      { cwd: root, encoding: 'utf8' },
    ),
  )
