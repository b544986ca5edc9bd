/** Resolves an imported name through re-exports to a declaration in a project file, or to the boundary. */
import type { Source } from './analysis.ts'
import { builtin, isBuiltin, packageExport } from './boundary.ts'
import { fingerprintProblems, type Where } from './problems.ts'

export type Origin =
  | { readonly from: string }
  | { readonly source: Source; readonly local: string }
  /** Identified only by its live value: JSON, a linked package, a subpath import, a whole namespace. */
  | { readonly live: true }

export interface Follower {
  readonly sourceOf: (path: string) => Source
  /** Path of the project file or data file of a relative import. */
  readonly resolve: (from: string, specifier: string) => string
  readonly isProject: (path: string) => boolean
  readonly show: (path: string) => string
  readonly mayReadFiles: boolean
}

/** Throws if the name cannot be resolved. */
export function follow(follower: Follower, source: Source, specifier: string, name: string, where: () => Where): Origin {
  const origin = chase(source, specifier, name, new Set())
  if (origin === undefined) throw fingerprintProblems.noExport(where(), specifier, name)
  return origin

  function chase(source: Source, specifier: string, name: string, visited: Set<string>): Origin | undefined {
    if (isBuiltin(specifier)) return builtin(specifier, name, follower.mayReadFiles, where)
    if (/^(\.|\/|file:)/.test(specifier)) return inFile(source, specifier, name, visited)
    if (specifier.startsWith('#') || URL.canParse(specifier)) return { live: true }
    const found = packageExport(specifier, name, source.path, where)
    return 'linked' in found ? { live: true } : found
  }

  function inFile(source: Source, specifier: string, name: string, visited: Set<string>): Origin | undefined {
    const path = follower.resolve(source.path, specifier)
    if (name === '*' || !/\.[cm]?[jt]s$/.test(path)) return { live: true }
    if (!follower.isProject(path)) throw fingerprintProblems.notLoaded(where(), follower.show(path))
    const step = `${path}\0${name}`
    if (visited.has(step)) return undefined
    visited.add(step)
    const target = follower.sourceOf(path)
    const { exports, imports, stars } = target.analysis
    const exported = Object.hasOwn(exports, name) ? exports[name]! : undefined
    if (exported === undefined) return name === 'default' ? undefined : throughStars(target, stars, name, visited)
    if ('from' in exported) return chase(target, exported.from, exported.name, visited)
    const imported = Object.hasOwn(imports, exported.local) ? imports[exported.local]! : undefined
    return imported ? chase(target, imported.from, imported.name, visited) : { source: target, local: exported.local }
  }

  /** For project files it is known whether they export the name. For packages it is not, so each package is a candidate. */
  function throughStars(target: Source, stars: readonly string[], name: string, visited: Set<string>): Origin | undefined {
    const packages: string[] = []
    for (const star of stars) {
      const found = chase(target, star, name, visited)
      if (found !== undefined && !('from' in found)) return found
      if (found !== undefined) packages.push(found.from)
    }
    return packages.length > 0 ? { from: packages.join(' or ') } : undefined
  }
}
