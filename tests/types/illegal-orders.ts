import { runInNode, urlOf } from '../dsl/node.ts'

interface Refused {
  /** Title and hint, as the compiler shows them. */
  readonly sentence: string
  /** The line that is blamed. */
  readonly line: number
}

/** Runs the orders that do not compile where types are stripped and none is checked. */
export const illegalOrders = (): readonly Refused[] =>
  runInNode(`
const { PipelineProblem } = await import('espalier')
const { orders } = await import('${urlOf('tests/types/invalid/orders.pipeline.ts')}')
const refused = orders.map((order) => {
  try {
    order()
    return { sentence: 'not refused', line: 0 }
  } catch (problem) {
    if (!(problem instanceof PipelineProblem)) throw problem
    const at = problem.facts.find(([label]) => label === 'at')?.[1] ?? ''
    return { sentence: problem.title + ' ' + problem.hint, line: Number(at.split(':').at(-2)) }
  }
})
console.log(JSON.stringify(refused))`)
