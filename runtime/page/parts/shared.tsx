/** Components shared by the views: panels, problems, states, selections. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import { type ArmsShown, colourOf, letterOf } from './arms.ts'

export function Panel({
  title,
  aside,
  children,
  wide = false,
}: {
  readonly title: string
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
  readonly wide?: boolean
}) {
  return (
    <section class={wide ? 'panel wide' : 'panel'} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

export function Problem({ problem: { title, facts, hint } }: { readonly problem: ProblemText }) {
  return (
    <div class="problem" role="alert">
      <p>{title}</p>
      {facts.length > 0 && (
        <dl>
          {facts.map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      )}
      {hint !== '' && <p class="hint">{hint}</p>}
    </div>
  )
}

/** A state as a coloured word; the word is sufficient without the colour. */
export const State = ({ state }: { readonly state: string }) => <span class={`state ${state}`}>{state}</span>

export function Choice({
  label,
  value,
  options,
  onChoose,
}: {
  readonly label: string
  readonly value: string
  /** A value, or a value with its label. */
  readonly options: readonly (string | readonly [string, string])[]
  readonly onChoose: (value: string) => void
}) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => {
          const [id, name] = typeof option === 'string' ? [option, option] : option
          return (
            <option value={id} selected={id === value}>
              {name}
            </option>
          )
        })}
      </select>
    </label>
  )
}

/** Debounces typed text. */
export function Search({
  label,
  value,
  onSearch,
}: {
  readonly label: string
  readonly value: string
  readonly onSearch: (text: string) => void
}) {
  // Kept here: the view renders again while somebody types, whenever a run makes progress.
  const [text, setText] = useState(value)
  const timer = useRef<number | undefined>(undefined)
  useEffect(() => {
    setText(value)
    return () => clearTimeout(timer.current)
  }, [value])
  return (
    <label class="choice">
      <span>{label}</span>
      <input
        type="search"
        value={text}
        onInput={({ currentTarget: { value: typed } }) => {
          setText(typed)
          clearTimeout(timer.current)
          timer.current = window.setTimeout(() => onSearch(typed), 200)
        }}
      />
    </label>
  )
}

/** The legend of an arm: its colour, and its letter if arms have letters. */
export const Swatch = ({ arms, name }: { readonly arms: ArmsShown; readonly name: string }) => (
  <>
    <span class="swatch" style={{ background: colourOf(arms, name) }} />
    {letterOf(arms, name) !== undefined && <span class="letter">{letterOf(arms, name)}</span>}
  </>
)

/** A scrollable region must be reachable by keyboard. */
export const Scroll = ({ children, label }: { readonly children: ComponentChildren; readonly label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
  <section class="scroll" tabIndex={0} aria-label={label}>
    {children}
  </section>
)

/** The heads of a table's columns. */
export const Columns = ({ titles }: { readonly titles: readonly string[] }) => (
  <thead>
    <tr>
      {titles.map((title) => (
        <th scope="col">{title}</th>
      ))}
    </tr>
  </thead>
)
