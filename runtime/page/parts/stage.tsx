/** A stage's options including defaults, and why it ran. */
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import type { ShownOption } from '../../views/stage-options.ts'
import type { StagePage } from '../data.ts'

export function Options({ options }: { readonly options: readonly ShownOption[] }) {
  return (
    <table class="facts">
      <tbody>
        {options.map(({ name, value, standard }) => (
          <tr class={standard ? 'standard' : ''}>
            <th scope="row">{name}</th>
            <td>{shown(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Numbers without rounding errors: 0.1 * 3 is shown as 0.3. */
export const shown = (value: Json): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(Number(value.toPrecision(12))) : canonical(value)

interface WhyProps {
  readonly why: StagePage['why']
  readonly path: string
  /** Why it failed in the newest run. */
  readonly failed: string | null | undefined
}

export function Why({ why, path, failed }: WhyProps) {
  if (failed)
    return (
      <>
        <p class="worse">{failed}</p>
        <p class="quiet">The log below ends with what can be done. Fix it and run again: finished stages are not recomputed.</p>
      </>
    )
  if (why === null) return <p>There was no result of {path} before: it was the first of its place.</p>
  if (why.differences.length === 0) return <p>Nothing that affects its result differs from the other result of this stage.</p>
  return (
    <>
      <p class="quiet">Against the nearest other result of this place, {why.compared?.key.slice(0, 12)}:</p>
      <ul class="differences">
        {why.differences.map(({ says, diff }) => (
          <li>
            {says}
            {diff !== undefined && <Patch text={diff} />}
          </li>
        ))}
      </ul>
    </>
  )
}

/** A unified diff with coloured lines. */
const Patch = ({ text }: { readonly text: string }) => (
  <pre class="patch">
    {text.split('\n').map((line) => (
      <span class={line.startsWith('+') ? 'better' : line.startsWith('-') ? 'worse' : ''}>{`${line}\n`}</span>
    ))}
  </pre>
)
