/** The interactive part of a report: the study with its table and plots, from data in the same file. */
import { render } from 'preact'
import { useCallback, useState } from 'preact/hooks'
import { type Choices, changed } from './address.ts'
import { CurvesPanel } from './parts/curves.tsx'
import { Study } from './parts/study.tsx'
import type { ReportData } from './report-data.ts'

function Report({ study, curves }: ReportData) {
  const [choices, setChoices] = useState(new URLSearchParams())
  const choose = useCallback((chosen: Choices) => setChoices((before) => changed(before, chosen)), [])
  const names = Object.keys(curves)
  const name = choices.get('curve') ?? names[0]
  return (
    <Study
      view={study}
      choices={choices}
      onChoose={choose}
      curves={(arms) =>
        name !== undefined && (
          <CurvesPanel name={name} names={names} view={curves[name]} arms={arms} onChoose={(curve) => choose({ curve })} />
        )
      }
    />
  )
}

const text = document.getElementById('data')!.textContent ?? ''
const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
const place = document.getElementById('study')!
new Response(stream).json().then((data: ReportData) => {
  place.replaceChildren()
  render(<Report {...data} />, place)
})
