/** Banner: the page shows a run instead of the current state. */
import { linkTo } from '../address.ts'

export const AsOf = ({ run }: { readonly run: string | undefined }) =>
  run === undefined ? null : (
    <span class="quiet">
      {' '}
      as <a href={linkTo('run', run)}>run {run}</a> left it
    </span>
  )
