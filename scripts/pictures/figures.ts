/** Figures of examples, made with the commands in docs/looking.md. Studies are run first, with cached results reused. */
import { espalier, picture, root } from './places.ts'

export function figures(): void {
  const [gradual, hybrid] = ['examples/gradual.pipeline.ts', 'examples/hybrid.pipeline.ts']
  for (const file of [gradual, hybrid]) espalier(root, 'run', file)
  espalier(root, 'plot', gradual, '--out', picture('gradual', 'svg'), '--width', '160')
  espalier(root, 'plot', hybrid, '--out', picture('hybrid', 'svg'))
  espalier(root, 'plot', hybrid, '--curve', 'validation/accuracy', '--out', picture('hybrid-curves', 'svg'), '--width', '160')
}
