/** The files of a new project: enough to type-check, plan and run. */
import { basename } from 'node:path'

/** Extension of the starter pipeline: `.mts` is a module in a CommonJS package too. */
export type Ending = 'ts' | 'mts'

export const starterName = (ending: Ending): string => `first.pipeline.${ending}`

/** By name. @param dependency on this package, as in package.json */
export function starterFiles(folder: string, dependency: string, ending: Ending = 'ts'): { readonly [name: string]: string } {
  const first = starterName(ending)
  return {
    'package.json': json({
      name: packageName(folder),
      private: true,
      type: 'module',
      scripts: { plan: `espalier plan ${first}`, start: `espalier run ${first}` },
      dependencies: { espalier: dependency },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'es2024',
        // Without the browser's names, which completion would suggest.
        lib: ['es2024'],
        module: 'nodenext',
        strict: true,
        exactOptionalPropertyTypes: true,
        // As Node treats TypeScript: it strips types and compiles nothing.
        noEmit: true,
        allowImportingTsExtensions: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        skipLibCheck: true,
      },
    }),
    [first]: pipeline,
    '.gitignore': 'node_modules/\n.espalier/\n',
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

/** The folder's name in characters that npm allows. */
function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  // A package must not have its own dependency's name.
  return name === '' || name === 'espalier' || name === 'node_modules' ? 'my-pipelines' : name
}

const pipeline = `import { adam, compare, cosine, digits, lenet300, seeds, task } from 'espalier'

/** Does a network that lost 90 % of its weights do better when it goes on, or when it starts again from its first weights? */
export default seeds(2, (seed) => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: cosine(1.2e-3) }), epochs: 2, seed })
  const dense = train()
  return compare({
    dense,
    finetuned: dense.prune(0.9).finetune(),
    ticket: dense.prune(0.9).rewind().train(),
  })
})
`
